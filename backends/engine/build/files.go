package build

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// readFiles checks --iidfile and --metadata-file.
func (s *Spec) readFiles() error {
	for option, path := range map[string]string{"--iidfile": s.flags.iidFile, "--metadata-file": s.flags.metadataFile} {
		if path == "" {
			continue
		}
		if err := checkWritable(option, path); err != nil {
			return err
		}
	}
	return nil
}

// writeFiles writes --iidfile and --metadata-file.
func (s *Spec) writeFiles(id string, response map[string]string) error {
	if path := s.flags.iidFile; path != "" {
		if err := os.WriteFile(path, []byte(id), 0o644); err != nil {
			return unwritten(err, "--iidfile", path, id)
		}
	}
	if path := s.flags.metadataFile; path != "" {
		text, err := json.MarshalIndent(metadata(response), "", "  ")
		if err != nil {
			return core.Errorf(core.KindInternalError, "the metadata cannot be encoded: %w", err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return unwritten(err, "--metadata-file", path, id)
		}
	}
	return nil
}

// unwritten returns the error of a file about an image that exists: never an InvalidArgument, which says
// that nothing was done.
func unwritten(err error, option, path, id string) error {
	kind := fileerr.Kind(err)
	if kind == core.KindInvalidArgument {
		kind = core.KindEngineError
	}
	failed := core.Errorf(kind, "the image was built (%s), but %s cannot be written: %w", id, option, err)
	failed.With("path", path).With("image_id", id)
	if fileerr.IsFull(err) {
		failed.With("reason", "disk_full")
	}
	return failed
}

// metadata decodes what the engine says about the result: some values are JSON in base64.
func metadata(response map[string]string) map[string]any {
	out := map[string]any{}
	for name, value := range response {
		out[name] = value
		raw, err := base64.StdEncoding.DecodeString(value)
		if err == nil && len(raw) > 0 && strings.ContainsAny(string(raw[:1]), "{[") && json.Valid(raw) {
			out[name] = json.RawMessage(raw)
		}
	}
	return out
}
