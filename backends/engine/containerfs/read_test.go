package containerfs

import (
	"bytes"
	"io"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// cutFile is a file in a container whose agent is lost after its first bytes.
type cutFile struct {
	hostfiles.Reader
	content []byte
	lost    error // nil where the file ends there
}

func (c cutFile) ReadAt(p []byte, at int64) (int, error) {
	n := 0
	if at < int64(len(c.content)) {
		n = copy(p, c.content[at:])
	}
	switch {
	case n == len(p):
		return n, nil
	case c.lost != nil:
		return n, c.lost
	}
	return n, io.EOF
}

// TestALostAgentIsNoEndOfAFile: what is read of a file before its agent is lost is not all of it.
func TestALostAgentIsNoEndOfAFile(t *testing.T) {
	lost := core.Errorf(core.KindConnectionLost, "the agent was lost: %w", io.ErrUnexpectedEOF)
	for name, c := range map[string]struct {
		size int
		lost error
	}{
		"whole": {3*partSize + 5, nil}, "empty": {0, nil}, "cut in a part": {partSize + 5, lost}, "cut between parts": {partSize, lost},
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			file := cutFile{content: bytes.Repeat([]byte("x"), c.size), lost: c.lost}
			err := sendParts(t.Context(), &sending{reading: &reading{to: &got}}, file, 4*partSize)
			if core.KindOf(err) != core.KindOf(c.lost) || c.lost == nil && got.Len() != c.size {
				t.Errorf("got %d bytes, %v", got.Len(), err)
			}
		})
	}
}
