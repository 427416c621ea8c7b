package agent

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/opencontainers/go-digest"

	"github.com/proboscis/ml_nexus_go/backends/engine/imageinfo"
)

func TestWhatCountsAsTheAgent(t *testing.T) {
	layer := digest.FromString("agent")
	good := func() imageinfo.Document {
		d := imageinfo.Document{ID: "sha256:x", Config: imageinfo.Config{Labels: map[string]string{Label: "1"}}}
		d.RootFS.Layers = []digest.Digest{layer}
		return d
	}
	for name, c := range map[string]struct {
		change func(d *imageinfo.Document)
		want   bool
	}{
		"the agent":        {func(*imageinfo.Document) {}, true},
		"a default path":   {func(d *imageinfo.Document) { d.Config.Env = []string{defaultPath} }, true},
		"empty lists":      {func(d *imageinfo.Document) { d.Config.Cmd, d.Config.Env = []string{}, []string{} }, true},
		"another layer":    {func(d *imageinfo.Document) { d.RootFS.Layers = []digest.Digest{digest.FromString("evil")} }, false},
		"one layer more":   {func(d *imageinfo.Document) { d.RootFS.Layers = append(d.RootFS.Layers, layer) }, false},
		"no layer":         {func(d *imageinfo.Document) { d.RootFS.Layers = nil }, false},
		"no ID":            {func(d *imageinfo.Document) { d.ID = "" }, false},
		"a variable":       {func(d *imageinfo.Document) { d.Config.Env = []string{defaultPath, "GODEBUG=x"} }, false},
		"a health check":   {func(d *imageinfo.Document) { d.Config.Healthcheck = map[string]any{"Test": []any{"CMD", "/agent"}} }, false},
		"a volume":         {func(d *imageinfo.Document) { d.Config.Volumes = map[string]struct{}{Program: {}} }, false},
		"a trigger":        {func(d *imageinfo.Document) { d.Config.OnBuild = []string{"RUN x"} }, false},
		"another label":    {func(d *imageinfo.Document) { d.Config.Labels["x"] = "y" }, false},
		"without a label":  {func(d *imageinfo.Document) { d.Config.Labels = nil }, false},
		"another user":     {func(d *imageinfo.Document) { d.Config.User = "1" }, false},
		"an entrypoint":    {func(d *imageinfo.Document) { d.Config.Entrypoint = []string{"/x"} }, false},
		"another to stop":  {func(d *imageinfo.Document) { d.Config.StopSignal = "SIGKILL" }, false},
		"a port to expose": {func(d *imageinfo.Document) { d.Config.ExposedPorts = map[string]struct{}{"1/tcp": {}} }, false},
	} {
		d := good()
		if c.change(&d); isAgent(d, layer) != c.want {
			t.Errorf("%s: %t", name, !c.want)
		}
	}
	var a, b bytes.Buffer
	if err := errors.Join(rootFiles(&a, []byte("program")), rootFiles(&b, []byte("program"))); err != nil || !reflect.DeepEqual(a.Bytes(), b.Bytes()) {
		t.Errorf("the same program gives two layers (%v)", err)
	}
}
