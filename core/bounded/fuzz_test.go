package bounded

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"testing/iotest"
)

// FuzzJSON: what is within the bounds comes as it was sent, what is not ends with the error
// that says so, and never more than the bound comes.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,2,{"b":"}\"{"}]}` + "\n" + `[]`))
	f.Add(bytes.Repeat([]byte(`{},`), 20))
	f.Add([]byte(`"\\"{"` + "\n\n\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		const limit = 1 << 10
		whole, err := io.ReadAll(iotest.HalfReader(Document(bytes.NewReader(sent), "it", limit)))
		same(t, whole, sent, err)
		if len(whole) > limit {
			t.Errorf("a document of %d bytes", len(whole))
		}
		stream := Messages(iotest.OneByteReader(bytes.NewReader(sent)), "it", limit)
		parts, err := io.ReadAll(stream)
		same(t, parts, sent, err)
		decoder := json.NewDecoder(bytes.NewReader(parts))
		for {
			var message json.RawMessage
			if decoder.Decode(&message) != nil {
				break
			}
			if len(message) > limit {
				t.Errorf("a message of %d bytes", len(message))
			}
		}
	})
}

func same(t *testing.T, got, sent []byte, err error) {
	t.Helper()
	if !bytes.HasPrefix(sent, got) || err == nil && len(got) != len(sent) || err != nil && !IsTooLarge(err) {
		t.Errorf("%d bytes of %d, %v", len(got), len(sent), err)
	}
}
