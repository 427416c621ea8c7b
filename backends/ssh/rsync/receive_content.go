package rsync

import (
	"bytes"
	"hash"
	"io"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// content is a file that arrives: literal bytes, and blocks of the file that is here.
type content struct {
	r       *receiving
	basis   *blocks
	sum     hash.Hash
	literal int64 // bytes that came
	left    int32 // of the current literal bytes
	block   []byte
	buffer  []byte
	ended   bool
	differs bool // what came does not have the checksum
	err     error
}

func (r *receiving) content(one *request) *content {
	c := &content{r: r, sum: r.sum.file(), basis: &blocks{basis: one.basis}}
	if one.basis.count > 0 {
		c.buffer = make([]byte, one.basis.length)
		if file, err := r.wanted[one.wanted].Basis(); err == nil {
			c.basis.file = file
		}
	}
	return c
}

func (c *content) close() {
	if c.basis.file != nil {
		_ = c.basis.file.Close()
	}
}

// Literal implements hostfiles.Content.
func (c *content) Literal() int64 { return c.literal }

// Read implements hostfiles.Content. Its error at the end is io.EOF only if the content has
// its checksum.
func (c *content) Read(p []byte) (int, error) {
	for c.err == nil && c.left == 0 && len(c.block) == 0 {
		c.err = c.next()
	}
	if c.err != nil {
		return 0, c.err
	}
	var n int
	if len(c.block) > 0 {
		n = copy(p, c.block)
		c.block = c.block[n:]
	} else {
		n, c.err = c.r.r.Read(p[:min(len(p), int(c.left))])
		c.err = noEOF(c.err)
		c.left -= int32(n)
		c.literal += int64(n)
	}
	c.sum.Write(p[:n])
	return n, c.err
}

// next reads a token: how many literal bytes follow, which block is next, or the end.
func (c *content) next() error {
	token, err := readInt(c.r.r)
	switch {
	case err != nil:
		return noEOF(err)
	case token > 0:
		c.left = token
		return nil
	case token == 0:
		return c.end()
	}
	i := -(int64(token) + 1)
	if i >= int64(c.basis.count) {
		return wrong("block %d of %d", i, c.basis.count)
	}
	c.block = c.basis.read(int32(i), c.buffer)
	return nil
}

func (c *content) end() error {
	want := make([]byte, c.r.sum.size)
	if _, err := io.ReadFull(c.r.r, want); err != nil {
		return noEOF(err)
	}
	c.ended = true
	if bytes.Equal(want, c.sum.Sum(nil)) {
		return io.EOF
	}
	c.differs = true
	if c.r.last {
		return hostfiles.ErrUnstable
	}
	return hostfiles.ErrAgain
}

// broken reports whether the session failed while the content came.
func (c *content) broken() bool { return c.err != nil && !c.ended }

// drain reads what nobody took.
func (c *content) drain() error {
	_, _ = io.Copy(io.Discard, c)
	if c.broken() {
		return c.err
	}
	return nil
}
