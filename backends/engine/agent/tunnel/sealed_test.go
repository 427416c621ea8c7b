package tunnel

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// memory is a connection of which each end has a copy of what the other wrote.
type memory struct{ bytes.Buffer }

func (*memory) Close() error { return nil }

// sealedBytes returns what a client writes.
func sealedBytes(t *testing.T, secret []byte, texts ...string) []byte {
	t.Helper()
	wire := new(memory)
	client := newSealed(wire, secret, true)
	for _, text := range texts {
		if n, err := client.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
	}
	return wire.Bytes()
}

func unsealed(secret, wire []byte) (string, error) {
	m := new(memory)
	m.Write(wire)
	got, err := io.ReadAll(newSealed(m, secret, false))
	return string(got), err
}

func TestSealedIsReadAsItWasWritten(t *testing.T) {
	secret := append(bytes.Repeat([]byte{1}, keyLength), bytes.Repeat([]byte{2}, keyLength)...)
	long := string(bytes.Repeat([]byte("long"), maxRecord))
	if got, err := unsealed(secret, sealedBytes(t, secret, "a", "", "bc", long, "d")); err != nil || got != "abc"+long+"d" {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestSealedNoticesWhatOthersDo: what comes before it is right.
func TestSealedNoticesWhatOthersDo(t *testing.T) {
	secret, other := bytes.Repeat([]byte{3}, secretLength), make([]byte, secretLength)
	const one = lengthField + 3 + sealLength
	wire := sealedBytes(t, secret, "one", "two")
	with := func(change func(w []byte) []byte) []byte { return change(bytes.Clone(wire)) }
	for what, c := range map[string]struct {
		wire []byte
		want string
		err  error
	}{
		"a bit":         {with(func(w []byte) []byte { w[one+lengthField] ^= 1; return w }), "one", errSeal},
		"the order":     {with(func(w []byte) []byte { return append(w[one:], w[:one]...) }), "", errSeal},
		"a repetition":  {with(func(w []byte) []byte { return append(w[:one:one], w[:one]...) }), "one", errSeal},
		"a length":      {with(func(w []byte) []byte { w[one] = 0xff; return w }), "one", errSeal},
		"a short one":   {with(func(w []byte) []byte { w[one+3] = sealLength - 1; return w }), "one", errSeal},
		"another end":   {sealedBytes(t, other, "one"), "", errSeal},
		"an early stop": {wire[:len(wire)-1], "one", io.ErrUnexpectedEOF},
	} {
		if got, err := unsealed(secret, c.wire); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %q, %v", what, got, err)
		}
	}
}

// TestDirectionsHaveTheirOwnKeys: an end does not take its own records for the other's.
func TestDirectionsHaveTheirOwnKeys(t *testing.T) {
	secret := append(bytes.Repeat([]byte{3}, keyLength), bytes.Repeat([]byte{4}, keyLength)...)
	m := new(memory)
	m.Write(sealedBytes(t, secret, "mine"))
	if got, err := io.ReadAll(newSealed(m, secret, true)); len(got) > 0 || !errors.Is(err, errSeal) {
		t.Errorf("got %q, %v", got, err)
	}
}
