package rsync

import (
	"fmt"
	"io"
	"strings"
)

// greet agrees on the protocol and the checksum.
func (p *peer) greet(r io.Reader, w io.Writer) error {
	// The checksums' names are due later, and only if the receiver is new enough, which
	// we require: sending them now saves a round trip.
	var names []string
	for _, one := range algorithms {
		names = append(names, one.name)
	}
	if _, err := w.Write(appendText(appendInt(nil, protocol), []byte(strings.Join(names, " ")))); err != nil {
		return fmt.Errorf("%w: %w", ErrNoGreeting, err)
	}
	version, err := readInt(r)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoGreeting, err)
	}
	if version < protocol || version > 1000 {
		return fmt.Errorf("%w: it speaks %d", ErrNoGreeting, version)
	}
	bytes := oneByte{r}
	compat, err := readVarint(bytes)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoGreeting, err)
	}
	if compat&compatVarints == 0 || compat&compatSeedFirst == 0 {
		return fmt.Errorf("%w: it is older than 3.2", ErrNoGreeting)
	}
	theirs, err := readText(bytes)
	if err != nil {
		return err
	}
	if p.sum, err = choose(string(theirs)); err != nil {
		return err
	}
	if p.seed, err = readInt(r); err != nil {
		return err
	}
	p.in, p.out = newInput(p.message), newOutput(w)
	p.in.start(r)
	return nil
}

func choose(theirs string) (algorithm, error) {
	for _, one := range algorithms {
		for name := range strings.FieldsSeq(theirs) {
			if name == one.name {
				return one, nil
			}
		}
	}
	return algorithm{}, fmt.Errorf("%w: it supports none of the checksums", ErrNoGreeting)
}

// oneByte reads byte by byte, never ahead.
type oneByte struct{ io.Reader }

func (o oneByte) ReadByte() (byte, error) {
	var one [1]byte
	_, err := io.ReadFull(o.Reader, one[:])
	return one[0], err
}
