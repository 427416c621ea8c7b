package main

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/capi/bridge"
	"github.com/proboscis/ml_nexus_go/core"
)

func TestGeneratedFilesAreFresh(t *testing.T) {
	t.Chdir("../..")
	files, err := generate(".")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if stale, err := staleFiles(files); err != nil || len(stale) > 0 {
		t.Errorf("%v, stale: %q: run go run ./tools/wire", err, stale)
	}
}

func TestAFileThatNothingGeneratesIsStale(t *testing.T) {
	t.Chdir("../..")
	files, err := generate(".")
	if err != nil {
		t.Fatal(err)
	}
	left := wireFolder + "/streams.py"
	delete(files, left)
	stale, err := staleFiles(files)
	if err != nil || !slices.Contains(stale, left) || files[left] != nil {
		t.Errorf("%q, %v, want %s", stale, err, left)
	}
}

func TestEveryEventIsListed(t *testing.T) {
	docs, err := readDocs("../..")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, events := range bridge.Events() {
		for _, event := range events {
			listed[event.String()] = true
		}
	}
	found := 0
	for name, doc := range docs {
		if literalOf(doc.fields["Event"]) == "" {
			continue
		}
		if found++; !listed[name] {
			t.Errorf("bridge.Events does not list %s", name)
		}
	}
	if found < 11 {
		t.Errorf("%d events in the source", found)
	}
}

func TestPythonTypes(t *testing.T) {
	type inner struct{ A int }
	for want, of := range map[string]reflect.Type{
		"str | list[str]":       reflect.TypeFor[core.Command](),
		"dict[str, str | None]": reflect.TypeFor[core.EnvironChanges](),
		"list[Any]":             reflect.TypeFor[[]json.RawMessage](),
		"Inner | None":          reflect.TypeFor[*inner](),
		"list[Inner]":           reflect.TypeFor[[]inner](),
		"int":                   reflect.TypeFor[uint64](),
		"float":                 reflect.TypeFor[float64](),
		"str":                   reflect.TypeFor[core.IssueKind](),
	} {
		got, err := pythonType(of, func(reflect.Type) {})
		if err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", of, got, err, want)
		}
	}
	if got, err := pythonType(reflect.TypeFor[chan int](), nil); err == nil {
		t.Errorf("a channel is %q", got)
	}
}

func TestMembersOfAnObject(t *testing.T) {
	type embedded struct {
		Deep   string `json:"deep,omitempty"`
		Secret string `json:"-"`
	}
	type object struct {
		Plain int `json:"plain"`
		embedded
		Zero embedded `json:"zero,omitzero"`
	}
	var got []string
	for _, field := range fieldsOf(reflect.TypeFor[object]()) {
		got = append(got, strings.TrimSuffix(field.name+"?", map[bool]string{true: "", false: "?"}[field.optional]))
	}
	if want := []string{"plain", "deep?", "zero?"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestValuesInAComment(t *testing.T) {
	for comment, want := range map[string]string{
		`"layer"`:                        `Literal["layer"]`,
		`"auto", "tty", "plain"`:         `Literal["auto", "tty", "plain"]`,
		`"" is Docker Hub`:               "",
		`the engine's word: "pushed"`:    "",
		``:                               "",
		`"a" "b"`:                        "",
		`"started" where it has started`: "",
	} {
		if got := literalOf(comment); got != want {
			t.Errorf("%q is %q, want %q", comment, got, want)
		}
	}
}

// TestFlagsThatNoTableKnows: a flag that docker adds, of text or of a list, must not become a
// keyword of a guessed type.
func TestFlagsThatNoTableKnows(t *testing.T) {
	for name, c := range map[string]struct {
		add  func(*pflag.FlagSet)
		says string
	}{
		"a list":      {func(set *pflag.FlagSet) { set.StringArray("brand-new", nil, "What it does") }, "--brand-new"},
		"a text":      {func(set *pflag.FlagSet) { set.String("brand-new", "", "What it does") }, "--brand-new"},
		"no help":     {func(set *pflag.FlagSet) { set.Bool("brand-new", false, "") }, "--brand-new"},
		"a switch":    {func(set *pflag.FlagSet) { set.Bool("brand-new", false, "What it does") }, ""},
		"an old name": {func(set *pflag.FlagSet) { set.String("old", "", "x"); _ = set.MarkHidden("old") }, ""},
		"left out":    {func(set *pflag.FlagSet) { set.String("builder", "", "x") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			set := pflag.NewFlagSet("", pflag.ContinueOnError)
			c.add(set)
			class := optionClass{"XOptions", "run", "docker x", func() *pflag.FlagSet { return set }}
			_, err := class.keywords()
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

func TestNoTableNamesAFlagThatIsGone(t *testing.T) {
	known := map[string]bool{}
	for i := range optionClasses {
		optionClasses[i].flags().VisitAll(func(flag *pflag.Flag) { known[flag.Name] = true })
	}
	for _, table := range []map[string]kind{byName, byBuildName} {
		for name := range table {
			if !known[name] {
				t.Errorf("docker has no --%s", name)
			}
		}
	}
	for name := range leftOut {
		if !known[name] {
			t.Errorf("docker has no --%s", name)
		}
	}
}
