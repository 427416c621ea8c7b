package cliopts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestRead(t *testing.T) {
	for text, c := range map[string]struct {
		options []string
		want    string
	}{
		"nothing":                {nil, "[]"},
		"a bundle":               {[]string{"-itv", "/a:/b"}, "[{interactive true} {tty true} {volume /a:/b}]"},
		"a value in the bundle":  {[]string{"-vit", "-w", "-t"}, "[{volume it} {workdir -t}]"},
		"values that look alike": {[]string{"-e", "-t", "--name", "-d"}, "[{env -t} {name -d}]"},
		"joined words":           {[]string{"-v/a:/b -d", "-e", "ARGS=-a -i b"}, "[{volume /a:/b} {detach true} {env ARGS=-a -i b}]"},
		"switches with a value":  {[]string{"--tty=0", "-d=T", "--rm=false"}, "[{tty false} {detach true} {rm false}]"},
		"hidden names":           {[]string{"--net=host", "--net-alias", "a", "--dns-opt", "b"}, "[{network host} {network-alias a} {dns-option b}]"},
		"an empty value":         {[]string{"--entrypoint", ""}, "[{entrypoint }]"},
		"a value that is none":   {[]string{"--memory", "much"}, "[{memory much}]"},
	} {
		got, err := Read(core.OptionsRequest{Command: "run", Options: c.options})
		if err != nil || fmt.Sprint(got.Flags) != c.want {
			t.Errorf("%s: %v, %v; want %s", text, got.Flags, err, c.want)
		}
	}
	got, err := Read(core.OptionsRequest{Command: "exec", Options: []string{"-iu root -e A"}})
	if err != nil || strings.Join(got.Words, "|") != "-iu|root|-e|A" || fmt.Sprint(got.Flags) != "[{interactive true} {user root} {env A}]" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestReadACommandLine(t *testing.T) {
	line := []string{"-it", "--env=MSG=use --rm please", "-v/a b:/c -d", "--entrypoint", "", "--net", "host", "--rm=f", "--", "busybox", "sh", "-c", "echo -d"}
	got, err := Read(core.OptionsRequest{Command: "run", Options: line, Operands: true})
	flags := "[{interactive true} {tty true} {env MSG=use --rm please} {volume /a b:/c -d} {entrypoint } {network host} {rm false}]"
	if err != nil || fmt.Sprint(got.Flags) != flags || strings.Join(got.Operands, "|") != "busybox|sh|-c|echo -d" {
		t.Fatalf("%q, %v", got, err)
	}
	again, err := Read(core.OptionsRequest{Command: "run", Options: got.Words})
	if err != nil || fmt.Sprint(again.Flags) != flags {
		t.Errorf("%q is read as %q, %v", got.Words, again.Flags, err)
	}
	for _, line := range [][]string{{"busybox", "-d"}, {"busybox"}, {}} {
		got, err := Read(core.OptionsRequest{Command: "run", Options: line, Operands: true})
		if err != nil || len(got.Words) > 0 || strings.Join(got.Operands, "|") != strings.Join(line, "|") {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
}

func TestReadRefusesWhatARunRefuses(t *testing.T) {
	for _, options := range [][]string{{"--nosuch"}, {"stray"}, {"--rm=maybe"}, {"-v"}, {"--help"}, {"-v '"}} {
		_, err := Read(core.OptionsRequest{Command: "run", Options: options})
		if _, parsed := ParseRun(input(options...), "image", nil); core.KindOf(err) != core.KindInvalidArgument || core.KindOf(parsed) != core.KindInvalidArgument {
			t.Errorf("%q: %v; a run says %v", options, err, parsed)
		}
	}
	if _, err := Read(core.OptionsRequest{Command: "build"}); core.KindOf(err) != core.KindInvalidArgument {
		t.Error(err)
	}
}

// A hidden flag is another name of one that is shown.
func TestHiddenNamesAreKnown(t *testing.T) {
	RunFlags().VisitAll(func(flag *pflag.Flag) {
		if other := shownName(flag.Name); flag.Hidden != (other != flag.Name) {
			t.Errorf("--%s is hidden: %v, and stands for --%s", flag.Name, flag.Hidden, other)
		}
	})
}
