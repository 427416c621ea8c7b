package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	const head = "package p\n"
	ours := func(path string) string { return head + `import _ "` + module + path + `"` }
	for _, c := range []struct{ name, path, text, says string }{
		{"core imports a backend", "core/x.go", ours("backends/engine"), "must not import backends/engine"},
		{"a shared attempt imports core", "core/attempt/x.go", ours("core"), "must not import core"},
		{"core imports its own", "core/x.go", ours("core/guard"), ""},
		{"fileerr imports core", "core/fileerr/x.go", ours("core"), ""},
		{"fileerr imports a backend", "core/fileerr/x.go", ours("backends/hostfiles"), "must not import backends/hostfiles"},
		{"the agent imports host files", "backends/engine/agent/x.go", ours("backends/engine/hostfs"), "must not import backends/engine/hostfs"},
		{"the agent imports the engine", "backends/engine/agent/x.go", ours("backends/engine"), "must not import backends/engine:"},
		{"its program imports the session", "backends/engine/agent/program/x.go", ours("backends/engine/session"), "must not import backends/engine/session"},
		{"its protocol imports the agent", "backends/engine/agent/protocol/x.go", ours("backends/engine/agent"), "must not import backends/engine/agent:"},
		{"its tunnel imports the agent", "backends/engine/agent/tunnel/x.go", ours("backends/engine/agent"), "must not import backends/engine/agent:"},
		{"its tunnel imports core", "backends/engine/agent/tunnel/x.go", ours("core"), "must not import core:"},
		{"ports import the engine", "backends/engine/forward/x.go", ours("backends/engine"), "must not import backends/engine:"},
		{"ports import execs", "backends/engine/forward/x.go", ours("backends/engine/execs"), "must not import backends/engine/execs"},
		{"host files import the agent", "backends/engine/hostfs/x.go", ours("backends/engine/agent"), ""},
		{"host files import the engine", "backends/engine/hostfs/x.go", ours("backends/engine"), "must not import backends/engine:"},
		{"the suite of nodes imports a fleet", "backends/conformance/fleets/x.go", ours("backends/swarm"), "must not import backends/swarm:"},
		{"the suite of single files imports an engine", "backends/conformance/singlefiles/x.go", ours("backends/engine"), "must not import backends/engine:"},
		{"files of containers import the engine", "backends/engine/containerfs/x.go", ours("backends/engine"), "must not import backends/engine:"},
		{"files of containers import the host's", "backends/engine/containerfs/x.go", ours("backends/engine/hostfs"), "must not import backends/engine/hostfs"},
		{"syncs from containers import the engine", "backends/engine/containersync/x.go", ours("backends/engine"), "must not import backends/engine:"},
		{"files of containers import their syncs", "backends/engine/containerfs/x.go", ours("backends/engine/containersync"), "must not import backends/engine/containersync"},
		{"archives import files of containers", "backends/engine/archive/x.go", ours("backends/engine/containerfs"), "must not import"},
		{"refusals import filter rules", "backends/hostfiles/protect/x.go", ours("backends/hostfiles/filter"), "must not import backends/hostfiles/filter"},
		{"engine imports core", "backends/engine/build/x.go", ours("core"), ""},
		{"option parsers import engine", "backends/engine/cliopts/x.go", ours("backends/engine"), "must not import backends/engine"},
		{"option parsers import build", "backends/engine/cliopts/x.go", ours("backends/engine/build"), "must not import backends/engine/build"},
		{"the session imports the engine", "backends/engine/session/x.go", ours("backends/engine"), "must not import backends/engine"},
		{"filters import the session", "backends/engine/filterargs/x.go", ours("backends/engine/session"), "must not import backends/engine/session"},
		{"attachments import execs", "backends/engine/attach/x.go", ours("backends/engine/execs"), "must not import backends/engine/execs"},
		{"stats import streams", "backends/engine/stats/x.go", ours("backends/engine/streams"), "must not import backends/engine/streams"},
		{"streams import execs", "backends/engine/streams/x.go", ours("backends/engine/execs"), "must not import backends/engine/execs"},
		{"a room imports its sibling", "backends/engine/archive/x.go", ours("backends/engine/session"), "must not import backends/engine/session"},
		{"engine imports a dialer", "backends/engine/x.go", ours("backends/ssh"), "must not import backends/ssh"},
		{"a fleet imports a way to an engine", "backends/swarm/x.go", ours("backends/ssh"), "must not import backends/ssh"},
		{"a fleet imports options", "backends/swarm/x.go", ours("backends/engine/cliopts"), ""},
		{"members import reservations", "backends/swarm/members/x.go", ours("backends/swarm/reserve"), "must not import backends/swarm/reserve"},
		{"an overview imports an engine", "backends/swarm/overview/x.go", ours("backends/engine"), "must not import backends/engine:"},
		{"reservations import the fleet", "backends/swarm/reserve/x.go", ours("backends/swarm"), "must not import backends/swarm:"},
		{"ssh imports local", "backends/ssh/x.go", ours("backends/local"), "must not import backends/local"},
		{"ssh imports its own", "backends/ssh/x.go", ours("backends/ssh/hostkeys"), ""},
		{"sshconn imports engine", "backends/ssh/sshconn/x.go", ours("backends/engine"), "must not import backends/engine"},
		{"sshconn imports host files", "backends/ssh/sshconn/x.go", ours("backends/hostfiles"), "must not import backends/hostfiles"},
		{"sshconn imports ssh", "backends/ssh/sshconn/x.go", ours("backends/ssh"), "must not import backends/ssh"},
		{"sshconn imports SFTP", "backends/ssh/sshconn/x.go", ours("backends/ssh/sftpfs"), "must not import backends/ssh/sftpfs"},
		{"sshconn imports what it needs", "backends/ssh/sshconn/x.go", ours("backends/ssh/identity"), ""},
		{"identity imports sshconn", "backends/ssh/identity/x.go", ours("backends/ssh/sshconn"), "must not import"},
		{"identity imports host keys", "backends/ssh/identity/x.go", ours("backends/ssh/hostkeys"), "must not import"},
		{"host keys import sshconn", "backends/ssh/hostkeys/x.go", ours("backends/ssh/sshconn"), "must not import"},
		{"the ssh config imports host keys", "backends/ssh/sshconfig/x.go", ours("backends/ssh/hostkeys"), "must not import"},
		{"a login shell imports core", "backends/ssh/loginshell/x.go", ours("core"), "must not import"},
		{"rsync imports sshconn", "backends/ssh/rsync/x.go", ours("backends/ssh/sshconn"), "must not import"},
		{"SFTP imports engine", "backends/ssh/sftpfs/x.go", ours("backends/engine"), "must not import"},
		{"a name that begins alike", "backends/local/x.go", ours("backends/enginex"), "must not import"},
		{"bridge imports a backend", "capi/bridge/x.go", ours("backends/local"), "must not import"},
		{"bridge imports the parsers", "capi/bridge/x.go", ours("backends/engine/cliopts"), "must not import"},
		{"capi imports the parsers", "capi/main.go", ours("backends/engine/cliopts"), ""},
		{"capi imports engine", "capi/main.go", ours("backends/engine"), "must not import"},
		{"capi imports backends", "capi/main.go", ours("backends/local"), ""},
		{"a folder that nobody listed", "backends/new/x.go", ours("backends/engine"), "must not import"},
		{"bed imports core", "testbed/bed/x.go", ours("core"), "must not import"},
		{"bare go", "backends/engine/x.go", head + "func f() { go f() }", "x.go:2:12: bare go"},
		{"bare go in the guard", "core/guard/guard.go", head + "func f() { go f() }", ""},
		{"bare go of a tool", "tools/x/x.go", head + "func f() { go f() }", ""},
		{"a timer", "backends/engine/x.go", head + "import \"time\"\nfunc f() { time.AfterFunc(0, f) }", "use core/guard.AfterFunc"},
		{"a timer by another name", "capi/x.go", head + "import t \"time\"\nvar x = t.AfterFunc", "use core/guard.AfterFunc"},
		{"a timer without a name", "capi/x.go", head + "import . \"time\"\nvar x = AfterFunc", "time starts goroutines"},
		{"the end of a context", "core/x.go", head + "import \"context\"\nfunc f() { context.AfterFunc(nil, f) }", "use core/guard.OnDone"},
		{"a finalizer", "core/x.go", head + "import \"runtime\"\nfunc f() { runtime.SetFinalizer(nil, nil) }", "runtime.SetFinalizer starts"},
		{"a cleanup", "core/x.go", head + "import \"runtime\"\nfunc f() { runtime.AddCleanup(nil, nil, 0) }", "runtime.AddCleanup starts"},
		{"errgroup", "backends/engine/build/x.go", head + "import \"golang.org/x/sync/errgroup\"\nvar g errgroup.Group", "use guard.Group"},
		{"errgroup by another name", "backends/engine/x.go", head + "import g \"golang.org/x/sync/errgroup\"\nvar x g.Group", "use guard.Group"},
		{"singleflight", "backends/ssh/x.go", head + "import \"golang.org/x/sync/singleflight\"\nvar g singleflight.Group", "use guard.Go"},
		{"a wait group's Go", "core/x.go", head + "import \"sync\"\nfunc f() { var w sync.WaitGroup; w.Go(f) }", "a method Go"},
		{"a Go of something else", "core/x.go", head + "func f() { a.b.Go(f) }", "a method Go"},
		{"guard's Go in its place", "backends/engine/x.go", head + "import \"" + module + "core/guard\"\nfunc f() { guard.Go(f, nil); guard.AfterFunc(0, f); guard.OnDone(nil, f) }", ""},
		{"a timer of the guard", "core/guard/x.go", head + "import \"time\"\nfunc f() { time.AfterFunc(0, f) }", ""},
		{"a timer of a tool", "tools/x/x.go", head + "import \"time\"\nfunc f() { time.AfterFunc(0, f) }", ""},
		{"time of day", "core/x.go", head + "import \"time\"\nvar x = time.Now", ""},
		{"getenv", "core/x.go", head + "import \"os\"\nvar x = os.Getenv(`HOME`)", "os.Getenv"},
		{"getenv for tests", "backends/x/xtest/x.go", head + "import \"os\"\nvar x = os.Getenv(`HOME`)", ""},
		{"getenv as a value", "capi/x.go", head + "import \"os\"\nvar x = os.LookupEnv", "os.LookupEnv"},
		{"signals", "capi/x.go", head + "import \"os/signal\"\nfunc f() { signal.Notify(nil) }", "signal.Notify"},
		{"a process", "backends/ssh/x.go", head + "import \"os/exec\"\nvar x = exec.Command(`ssh`)", "exec.Command starts"},
		{"a process with a context", "core/x.go", head + "import \"os/exec\"\nvar x = exec.CommandContext(nil, `ssh`)", "use core/subprocess"},
		{"a process in its place", "core/subprocess/x.go", head + "import \"os/exec\"\nvar x = exec.Command(`ssh`)", ""},
		{"another function of package os", "core/x.go", head + "import \"os\"\nvar x = os.Getpid()", ""},

		// The generator.
		{"the generator imports engine", "tools/wire/x.go", ours("backends/engine"), "must not import backends/engine"},
		{"the generator imports parsers", "tools/wire/x.go", ours("backends/engine/cliopts"), ""},
		{"registry imports streams", "backends/engine/registry/x.go", ours("backends/engine/streams"), "must not import backends/engine/streams"},
		{"host facts import the agent", "backends/engine/hostfacts/x.go", ours("backends/engine/agent"), "must not import backends/engine/agent"},
		{"a transfer imports the engine", "backends/engine/transfer/x.go", ours("backends/engine"), "must not import backends/engine"},
		{"new images import archives", "backends/engine/newimages/x.go", ours("backends/engine/archive"), "must not import backends/engine/archive"},
		{"logins import transfers", "backends/engine/registries/x.go", ours("backends/engine/transfer"), "must not import backends/engine/transfer"},
		{"events import execs", "backends/engine/events/x.go", ours("backends/engine/execs"), "must not import backends/engine/execs"},
		{"execs import option parsers", "backends/engine/execs/x.go", ours("backends/engine/cliopts"), "must not import backends/engine/cliopts"},
		{"tests of host files import the suite", "backends/conformance/hostfiles/x.go", ours("backends/conformance"), "must not import backends/conformance:"},
		{"volumes import the engine", "backends/engine/volumes/x.go", ours("backends/engine"), "must not import backends/engine:"},
		{"networks import volumes", "backends/engine/networks/x.go", ours("backends/engine/volumes"), "must not import backends/engine/volumes"},
		{"prunes import the engine", "backends/engine/prune/x.go", ours("backends/engine"), "must not import backends/engine:"},
		{"the system imports prunes", "backends/engine/system/x.go", ours("backends/engine/prune"), "must not import backends/engine/prune"},
		{"volumes import prunes", "backends/engine/volumes/x.go", ours("backends/engine/prune"), "must not import backends/engine/prune"},
		{"rows import the session", "backends/engine/rows/x.go", ours("backends/engine/session"), "must not import backends/engine/session"},
		{"a build's files import the build", "backends/engine/build/localfiles/x.go", ours("backends/engine/build"), "must not import backends/engine/build"},
		{"filter rules import host files", "backends/hostfiles/filter/x.go", ours("backends/hostfiles"), "must not import backends/hostfiles"},
	} {
		t.Run(c.name, func(t *testing.T) {
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

func TestLargeRooms(t *testing.T) {
	rooms := map[string]*room{}
	for range maxFiles + 1 {
		enter(rooms, "backends/many", []byte("package many\n"))
		enter(rooms, "backends/engine", []byte("package engine\n"))
	}
	enter(rooms, "backends/long", []byte(strings.Repeat("\n", maxLines+1)))
	enter(rooms, "backends/full", []byte(strings.Repeat("\n", maxLines)))
	problems := tooLarge(rooms)
	slices.Sort(problems)
	if len(problems) != 2 || !strings.HasPrefix(problems[0], "backends/long has 5001 lines") || !strings.HasPrefix(problems[1], "backends/many has 25 files") {
		t.Errorf("%q", problems)
	}
}

// TestEveryFolderIsRead: a folder of the library that is called build is read, the one with
// what was built is not.
func TestEveryFolderIsRead(t *testing.T) {
	root := t.TempDir()
	for _, folder := range []string{"backends/engine/build", "build", "testdata", ".git"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, folder, "x.go"), []byte("package x\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, files, err := check(root); err != nil || files != 1 {
		t.Errorf("%d files, %v", files, err)
	}
}
