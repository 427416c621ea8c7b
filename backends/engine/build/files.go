package build

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
	"github.com/proboscis/ml_nexus_go/core"
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
			return localfiles.PathError(err, "the image was built, and --iidfile cannot be written", path)
		}
	}
	if path := s.flags.metadataFile; path != "" {
		text, err := json.MarshalIndent(metadata(response), "", "  ")
		if err != nil {
			return core.Errorf(core.KindInternalError, "the metadata cannot be encoded: %w", err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return localfiles.PathError(err, "the image was built, and --metadata-file cannot be written", path)
		}
	}
	return nil
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
