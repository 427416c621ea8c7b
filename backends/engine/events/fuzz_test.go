package events

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"testing/iotest"
)

// FuzzMessages: what a stream of events gives is what encoding/json reads of it, in order, with
// times that fit.
func FuzzMessages(f *testing.F) {
	f.Add([]byte(`{"Type":"container","Action":"start","Actor":{"ID":"x","Attributes":{"name":"n"}},"time":7,"timeNano":7000000001}` + "\n{}\n"))
	f.Add([]byte(`{"time":-1}`))
	f.Add([]byte(`{"time":9223372036854775807}{"timeNano":1e300}`))
	f.Add([]byte(`null [] {"Actor":{"Attributes":{"a":null}}} {`))
	f.Fuzz(func(t *testing.T, sent []byte) {
		var got []json.RawMessage
		err := eachMessage(iotest.HalfReader(bytes.NewReader(sent)), func(m message) error {
			got = append(got, m.raw)
			if at := m.at(); at.UnixNano() < 0 || at.Year() > 2300 {
				t.Errorf("%q is at %v", m.raw, at)
			}
			if !json.Valid(m.raw) {
				t.Errorf("%q is no JSON", m.raw)
			}
			return nil
		})
		decoder := json.NewDecoder(bytes.NewReader(sent))
		for i, raw := range got {
			var want json.RawMessage
			if e := decoder.Decode(&want); e != nil || !bytes.Equal(raw, want) {
				t.Fatalf("message %d is %q, not %q (%v)", i, raw, want, e)
			}
		}
		if err == nil {
			if e := decoder.Decode(new(any)); e != io.EOF {
				t.Errorf("it ended well before %v", e)
			}
		}
	})
}
