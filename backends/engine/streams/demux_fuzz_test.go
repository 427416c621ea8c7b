package streams

import (
	"bytes"
	"testing"
	"testing/iotest"
)

// FuzzDemux: what comes out was sent, whatever an engine sends.
func FuzzDemux(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x05hello\x02\x00\x00\x00\x00\x00\x00\x01!"), false)
	f.Add([]byte("\x00\x00\x00\x00\xff\xff\xff\xffx"), false)
	f.Add([]byte("\x03\x00\x00\x00\x00\x00\x00\x00"), false)
	f.Add([]byte("raw"), true)
	f.Fuzz(func(t *testing.T, sent []byte, tty bool) {
		var out, errOut bytes.Buffer
		err := Demux(iotest.HalfReader(bytes.NewReader(sent)), tty, &out, &errOut)
		if out.Len()+errOut.Len() > len(sent) || tty && (err != nil || !bytes.Equal(out.Bytes(), sent)) {
			t.Errorf("%q and %q, %v", out.Bytes(), errOut.Bytes(), err)
		}
	})
}
