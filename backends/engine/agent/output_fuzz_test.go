package agent

import (
	"bufio"
	"bytes"
	"io"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/engine/streams"
)

// FuzzOutput: the agent's output is what streams.Demux makes of the same bytes, and little of
// its messages is kept.
func FuzzOutput(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x05hello\x02\x00\x00\x00\x00\x00\x00\x01!"))
	f.Add([]byte("\x02\x00\x00\x00\xff\xff\xff\xffx"))
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x09cut"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		o := &output{in: bufio.NewReaderSize(bytes.NewReader(sent), 16)}
		got, err := io.ReadAll(o)
		if len(got)+o.stderr.Len() > len(sent) || o.stderr.Len() > maxSaid {
			t.Fatalf("%d bytes and %d of messages, of %d", len(got), o.stderr.Len(), len(sent))
		}
		var want, said bytes.Buffer
		if streams.Demux(bytes.NewReader(sent), false, &want, &said) == nil && (err != nil || !bytes.Equal(got, want.Bytes())) {
			t.Errorf("%q (%v), not %q", got, err, want.Bytes())
		}
	})
}
