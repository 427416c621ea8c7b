package registry

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"testing/iotest"

	"github.com/docker/docker/pkg/jsonmessage"

	"github.com/proboscis/ml_nexus_go/core"
)

// FuzzProgress: whatever an engine reports of a pull, there are no more events than messages,
// each can be written as JSON, and only so many layers are known.
func FuzzProgress(f *testing.F) {
	f.Add([]byte(`{"status":"Pulling from x","id":"latest"}` + "\r\n" + `{"status":"Downloading","progressDetail":{"current":5,"total":10},"id":"a"}` + "\r\n"))
	f.Add([]byte(`{"status":"x","progressDetail":{"current":-9223372036854775808,"total":-1},"id":"a"}{"errorDetail":{"message":"denied"},"error":"denied"}`))
	f.Add([]byte(`{"aux":{"Tag":1}}{"progressDetail":null,"id":""}[]`))
	f.Fuzz(func(t *testing.T, sent []byte) {
		events, messages := 0, 0
		progress := NewLayerProgress(true, func(event any) {
			events++
			if _, err := json.Marshal(event); err != nil {
				t.Error(err)
			}
			if layer, ok := event.(core.LayerEvent); ok && (layer.Total == 0 || layer.Total < -1 || layer.ID == "") {
				t.Errorf("%+v", layer)
			}
		})
		err := EachMessage(t.Context(), io.NopCloser(iotest.HalfReader(bytes.NewReader(sent))), func(m *jsonmessage.JSONMessage) {
			messages++
			progress.Message(m)
		})
		if events > messages || messages > len(sent) || len(progress.seen) > messages {
			t.Errorf("%d events of %d messages in %d bytes, %d layers", events, messages, len(sent), len(progress.seen))
		}
		if err == nil && len(bytes.TrimSpace(sent)) > 0 && messages == 0 {
			t.Errorf("nothing was read of %q", sent)
		}
	})
}
