package cliopts

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

func input(options ...string) Input { return Input{Options: options, Config: configfile.New("")} }

// sample is a value that an option takes, by the option's name or else its type.
var samples = map[string]string{
	"add-host": "a:1.2.3.4", "attach": "stdout", "annotation": "a=b", "blkio-weight-device": "/dev/null:100", "cgroupns": "private", "constraint": "node.role==worker", "generic-resource": "FPGA=1", "queue-timeout": "1s", "device": "/dev/null",
	"device-cgroup-rule": "c 1:3 r", "device-read-bps": "/dev/null:1kb", "device-read-iops": "/dev/null:5", "device-write-bps": "/dev/null:1kb",
	"device-write-iops": "/dev/null:5", "dns": "1.1.1.1", "dns-search": "a.b", "expose": "80", "gpus": "all", "health-interval": "1s", "health-timeout": "1s",
	"health-start-period": "1s", "health-start-interval": "1s", "label": "a=b", "link": "a:b", "link-local-ip": "169.254.0.1", "log-driver": "json-file",
	"log-opt": "max-size=1m", "mac-address": "92:d0:c6:0a:29:33", "mount": "type=bind,src=/a,dst=/b", "net": "one", "network": "one", "pid": "host", "uts": "host",
	"userns": "host", "publish": "80:80", "pull": "always", "security-opt": "apparmor=a", "storage-opt": "size=1", "sysctl": "net.a=1", "tmpfs": "/t",
	"ulimit": "nofile=1:2", "volume": "/a:/b", "platform": "linux/arm64", "cpus": "1.5", "restart": "always", "ip": "1.2.3.4", "ip6": "::1",
	"string": "text", "list": "text", "int": "7", "int64": "7", "uint16": "77", "uint64": "7", "bytes": "7m", "bool": "true", "ipc": "host",
}

// samplesOf are runs that between them give each option of docker run.
func samplesOf(t *testing.T) (runs [][]string) {
	RunFlags().VisitAll(func(flag *pflag.Flag) {
		value, ok := samples[flag.Name]
		if !ok {
			value, ok = samples[flag.Value.Type()]
		}
		switch flag.Name {
		case "help", "env-file", "label-file", "use-api-socket": // these read files
			return
		}
		if !ok {
			t.Fatalf("--%s is of type %s: add a value for it", flag.Name, flag.Value.Type())
		}
		runs = append(runs, []string{"--" + flag.Name + "=" + value})
	})
	return runs
}

// parsed is all that comes out, with the order of what docker keeps in maps.
func parsed(in Input) string {
	run, err := ParseRun(in, "image", []string{"command"})
	if err != nil {
		return err.Error()
	}
	text, err := json.Marshal(run)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// onlyOne makes the next parses use one command, and gives what a new command makes.
func onlyOne(t *testing.T) {
	before := runCommands
	t.Cleanup(func() { runCommands = before })
	runCommands = newLender(newRunCommand)
}

func TestAParseLeavesNothingToTheNext(t *testing.T) {
	runs := samplesOf(t)
	if len(runs) < 90 {
		t.Fatalf("only %d options", len(runs))
	}
	onlyOne(t)
	plain := parsed(input())
	changed := 0
	for _, options := range runs {
		first := parsed(input(options...))
		if first != plain {
			changed++
		}
		if got := parsed(input()); got != plain {
			t.Errorf("after %q: %s, want %s", options, got, plain)
		}
		if got := parsed(input(options...)); got != first {
			t.Errorf("%q: %s the second time, %s the first", options, got, first)
		}
	}
	if changed < 85 {
		t.Errorf("only %d of %d options changed anything", changed, len(runs))
	}
	if made := len(runCommands.made); made != 1 {
		t.Errorf("%d commands were made", made)
	}
}

func TestACommandIsNotLeftToTheNext(t *testing.T) {
	onlyOne(t)
	for _, argv := range [][]string{{"printf", "secret"}, nil, {"true"}, {}} {
		run, err := ParseRun(input(), "image", argv)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(run.Config.Cmd, argv) {
			t.Errorf("%q, want %q", run.Config.Cmd, argv)
		}
	}
}

func TestAFailedParseLeavesNothingToTheNext(t *testing.T) {
	onlyOne(t)
	plain := parsed(input())
	for _, options := range [][]string{
		{"-e", "A=1", "--nosuch"}, {"--label", "a=b", "--memory", "x"}, {"--rm", "--restart", "always"}, {"-v", "/a:/b", "--pull", "often"},
		{"-d", "-a", "stdout"}, {"--tmpfs", "/t", "--health-retries=-1"}, {"--ulimit", "nofile=1", "stray"}, {"--sysctl", "net.a=1", "--help"},
	} {
		if got := parsed(input(options...)); got == plain || strings.HasPrefix(got, "{") {
			t.Errorf("%q: %s", options, got)
		}
		if got := parsed(input()); got != plain {
			t.Errorf("after %q: %s, want %s", options, got, plain)
		}
	}
}

func TestAResultDoesNotChangeWithLaterParses(t *testing.T) {
	onlyOne(t)
	for _, options := range samplesOf(t) {
		run, err := ParseRun(input(options...), "image", nil)
		if err != nil {
			continue
		}
		before, _ := json.Marshal(run)
		other := strings.NewReplacer("text", "other", "7", "8", "1.1.1.1", "2.2.2.2", "a=b", "c=d").Replace(options[0])
		parsed(input(other))
		if after, _ := json.Marshal(run); string(after) != string(before) {
			t.Errorf("%q: %s, before the next parse %s", options, after, before)
		}
	}
}

// A thousand at a time share nothing (with -race), and make no more than the bound of commands.
func TestManyParsesAtOnce(t *testing.T) {
	onlyOne(t)
	const many = 1000
	round := func() {
		t.Helper()
		wrong := make(chan string, many)
		for i := range many {
			guard.Go(func() {
				id := fmt.Sprint(i)
				run, err := ParseRun(input("--name", "n"+id, "-e", "ID="+id, "--label", "id="+id, "-v", "/"+id+":/x", "--memory", fmt.Sprint(i+1)+"m", "--ulimit", "nofile="+id), "image", []string{id})
				exec, err2 := ParseExec(input("-e", "ID="+id, "-u", id))
				switch {
				case err != nil || err2 != nil:
					wrong <- fmt.Sprint(err, err2)
				case run.Name != "n"+id || !slices.Equal(run.Config.Env, []string{"ID=" + id}) || run.Config.Labels["id"] != id || len(run.Config.Labels) != 1 ||
					!slices.Equal(run.Host.Binds, []string{"/" + id + ":/x"}) || run.Host.Memory != int64(i+1)<<20 || len(run.Host.Ulimits) != 1 || run.Config.Cmd[0] != id:
					wrong <- fmt.Sprintf("run %s: %+v %+v", id, run.Config, run.Host)
				case exec.Options.User != id || !slices.Equal(exec.Options.Env, []string{"ID=" + id}):
					wrong <- fmt.Sprintf("exec %s: %+v", id, exec)
				default:
					wrong <- ""
				}
			}, nil)
		}
		for range many {
			if what := <-wrong; what != "" {
				t.Error(what)
			}
		}
	}
	round()
	if made := len(runCommands.made); made > maxCommands {
		t.Errorf("%d commands were made", made)
	}
}

// A command that stays, as each did before they were used again, takes some 100 kB.
func TestNothingGrows(t *testing.T) {
	onlyOne(t)
	parseMany := func() {
		for range 2000 {
			parsed(input("--rm", "-e", "A=1", "-v", "/a:/b"))
		}
	}
	parseMany()
	before := liveHeap()
	parseMany()
	if grown := liveHeap() - before; grown > 1<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

func liveHeap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func BenchmarkParseRun(b *testing.B) {
	for b.Loop() {
		if _, err := ParseRun(input("--rm", "-e", "A=1", "-v", "/a:/b"), "image", []string{"true"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseExec(b *testing.B) {
	for b.Loop() {
		if _, err := ParseExec(input("-i", "-e", "A=1")); err != nil {
			b.Fatal(err)
		}
	}
}
