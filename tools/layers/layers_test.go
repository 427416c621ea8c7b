package main

import (
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	const head = "package p\n"
	ours := func(path string) string { return head + `import _ "` + module + path + `"` }
	for name, c := range map[string]struct{ path, text, says string }{
		"core imports a backend":         {"core/x.go", ours("backends/engine"), "must not import backends/engine"},
		"core imports its own":           {"core/x.go", ours("core/guard"), ""},
		"engine imports core":            {"backends/engine/build/x.go", ours("core"), ""},
		"engine imports a dialer":        {"backends/engine/x.go", ours("backends/ssh"), "must not import backends/ssh"},
		"ssh imports local":              {"backends/ssh/x.go", ours("backends/local"), "must not import backends/local"},
		"ssh imports its own":            {"backends/ssh/x.go", ours("backends/ssh/hostkeys"), ""},
		"a name that begins alike":       {"backends/local/x.go", ours("backends/enginex"), "must not import"},
		"bridge imports a backend":       {"capi/bridge/x.go", ours("backends/local"), "must not import"},
		"capi imports backends":          {"capi/main.go", ours("backends/local"), ""},
		"a folder that nobody listed":    {"backends/new/x.go", ours("backends/engine"), "must not import"},
		"bed imports core":               {"testbed/bed/x.go", ours("core"), "must not import"},
		"bare go":                        {"backends/engine/x.go", head + "func f() { go f() }", "x.go:2:12: bare go"},
		"bare go in the guard":           {"core/guard/guard.go", head + "func f() { go f() }", ""},
		"bare go of a tool":              {"tools/x/x.go", head + "func f() { go f() }", ""},
		"getenv":                         {"core/x.go", head + "import \"os\"\nvar x = os.Getenv(`HOME`)", "os.Getenv"},
		"getenv for tests":               {"backends/x/xtest/x.go", head + "import \"os\"\nvar x = os.Getenv(`HOME`)", ""},
		"getenv as a value":              {"capi/x.go", head + "import \"os\"\nvar x = os.LookupEnv", "os.LookupEnv"},
		"signals":                        {"capi/x.go", head + "import \"os/signal\"\nfunc f() { signal.Notify(nil) }", "signal.Notify"},
		"another function of package os": {"core/x.go", head + "import \"os\"\nvar x = os.Getpid()", ""},
	} {
		t.Run(name, func(t *testing.T) {
			problems, err := checkFile(c.path, []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(problems, "\n")
			if c.says == "" && got != "" || !strings.Contains(got, c.says) {
				t.Errorf("%q, want %q", got, c.says)
			}
		})
	}
}

func TestThisRepository(t *testing.T) {
	t.Chdir("../..")
	problems, files, err := check(".")
	if err != nil || files < 50 || len(problems) > 0 {
		t.Fatalf("%d files, %v, %q", files, err, problems)
	}
}
