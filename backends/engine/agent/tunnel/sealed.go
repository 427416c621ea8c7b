package tunnel

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"io"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// A direct connection passes through networks where others may listen, answer in the agent's
// place, or change bytes. It is sealed with a secret that only both ends know, from their other
// stream: what opens is from the other end, and in its order.

// A record: its length (u32, big-endian), and that many bytes of AES-GCM, whose nonce is the
// record's number in its direction. The secret has a key for each direction and is used for one
// connection only, so that no nonce comes twice.
const (
	keyLength    = 16
	secretLength = 2 * keyLength
	sealLength   = 16
	lengthField  = 4
	maxRecord    = frameHead + maxFrame
)

var errSeal = errors.New("the direct connection was broken by somebody else")

// sealed is one end of a sealed connection. One goroutine may read while another writes.
type sealed struct {
	conn    io.ReadWriteCloser
	from    *bufio.Reader
	in, out seal
	record  []byte // the last one that was written, or its place
	opened  []byte // what was read of a record that did not fit
	room    []byte
}

// seal is one direction's.
type seal struct {
	aead  cipher.AEAD
	count uint64
}

func newSeal(key []byte) seal {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key's length is constant
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return seal{aead: aead}
}

// nonce returns the next record's.
func (s *seal) nonce() []byte {
	nonce := make([]byte, s.aead.NonceSize())
	binary.BigEndian.PutUint64(nonce[len(nonce)-8:], s.count)
	s.count++
	return nonce
}

func newSealed(conn io.ReadWriteCloser, secret []byte, client bool) *sealed {
	fromClient, fromAgent := newSeal(secret[:keyLength]), newSeal(secret[keyLength:])
	s := &sealed{conn: conn, from: bufio.NewReaderSize(conn, smallRead), in: fromClient, out: fromAgent}
	if client {
		s.in, s.out = fromAgent, fromClient
	}
	return s
}

// smallRead is for lengths and small records: larger ones are read where they are opened.
const smallRead = 4 << 10

// Read reads a record into p, if there is room for it.
func (s *sealed) Read(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	if len(p) == 0 {
		return 0, nil
	}
	for len(s.opened) == 0 {
		length, err := s.next()
		if err != nil {
			return 0, err
		}
		into := p
		if len(p) < length {
			into = s.space(length)
		}
		plain, err := s.open(into[:length])
		if err != nil {
			return 0, err
		}
		if len(p) >= length && len(plain) > 0 {
			return len(plain), nil
		}
		s.opened = plain
	}
	n = copy(p, s.opened)
	s.opened = s.opened[n:]
	return n, nil
}

// next returns the length of the next record.
func (s *sealed) next() (int, error) {
	var head [lengthField]byte
	if _, err := io.ReadFull(s.from, head[:]); err != nil {
		return 0, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length < sealLength || length > maxRecord+sealLength {
		return 0, errSeal
	}
	return int(length), nil
}

// open reads a record, and opens it in its place.
func (s *sealed) open(record []byte) ([]byte, error) {
	if _, err := io.ReadFull(s.from, record); err != nil {
		return nil, err
	}
	plain, err := s.in.aead.Open(record[:0], s.in.nonce(), record, nil)
	if err != nil {
		return nil, errSeal
	}
	return plain, nil
}

func (s *sealed) space(length int) []byte {
	if cap(s.room) < length {
		s.room = make([]byte, length)
	}
	return s.room
}

func (s *sealed) Write(p []byte) (n int, err error) {
	defer guard.Recover(&err)
	for first := true; first || n < len(p); first = false {
		part := p[n:min(len(p), n+maxRecord)]
		s.record = binary.BigEndian.AppendUint32(s.record[:0], uint32(len(part)+sealLength))
		s.record = s.out.aead.Seal(s.record, s.out.nonce(), part, nil)
		if _, err := s.conn.Write(s.record); err != nil {
			return n, err
		}
		n += len(part)
	}
	return n, nil
}

func (s *sealed) Close() error { return s.conn.Close() }

// greet makes sure that the other end has the secret: each sends an empty record. The agent says
// nothing to who has not.
func (s *sealed) greet(client bool) error {
	if client {
		if _, err := s.Write(nil); err != nil {
			return err
		}
		return s.greeted()
	}
	if err := s.greeted(); err != nil {
		return err
	}
	_, err := s.Write(nil)
	return err
}

func (s *sealed) greeted() error {
	length, err := s.next()
	if err != nil {
		return err
	}
	if length != sealLength {
		return errSeal
	}
	_, err = s.open(s.space(length)[:length])
	return err
}
