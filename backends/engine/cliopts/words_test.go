package cliopts

import (
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// FuzzOptionWords splits and parses options; each line of the text is one element.
func FuzzOptionWords(f *testing.F) {
	for _, seed := range []string{
		"", "-v /a:/b --rm", "--env=A=b c", "-e\nA=b c", "-it", "--name x\n-d", "-v '/a b:/c'", "-v '/a b", "--\nx", "-", "--=", "-v", "--gpus all",
		"--mount type=bind,src=/a,dst=/b", "-p 80:80 -p 81:81", "--ulimit nofile=1:2", "-e A\x00", "--env-file /nonexistent", "--nosuch", "-h", "--help=x",
		"--cpus 0x1p-2", "--memory 1k -m 1T", "--shm-size=-1", "--health-interval 1h", "--device-cgroup-rule x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		options := strings.Split(text, "\n")
		docker := runCommands.borrow()
		defer docker.giveBack()
		flags := docker.cmd.Flags()
		words, err := optionWords(flags, options)
		if err != nil {
			if core.KindOf(err) != core.KindInvalidArgument {
				t.Fatalf("%q: %v", options, err)
			}
			return
		}
		for _, w := range words {
			if strings.IndexByte(w, 0) >= 0 {
				t.Fatalf("%q: a NUL byte in %q", options, w)
			}
		}
		useEnviron(flags, core.Environ{"A": "1"})
		parsed := Parse(flags, options)
		_, read := Read(core.OptionsRequest{Command: "run", Options: options})
		for _, err := range []error{parsed, read} {
			if err != nil && core.KindOf(err) != core.KindInvalidArgument {
				t.Fatalf("%q: %v", options, err)
			}
		}
		if parsed == nil && read != nil {
			t.Fatalf("%q: a run takes them, and they cannot be read: %v", options, read)
		}
	})
}

func TestOptionWords(t *testing.T) {
	for name, c := range map[string]struct{ options, want []string }{
		"separate":                       {[]string{"-v", "/a:/b", "--rm"}, []string{"-v", "/a:/b", "--rm"}},
		"joined":                         {[]string{"-v /a:/b --rm"}, []string{"-v", "/a:/b", "--rm"}},
		"joined, quoted":                 {[]string{"-v '/a b:/c'"}, []string{"-v", "/a b:/c"}},
		"a value with blanks":            {[]string{"-e", "A=b c"}, []string{"-e", "A=b c"}},
		"a value that looks like a flag": {[]string{"--entrypoint", "-x y"}, []string{"--entrypoint", "-x y"}},
		"a value behind =":               {[]string{"--env=A=b c"}, []string{"--env=A=b c"}},
		"a flag behind such a value":     {[]string{"--name=x --rm"}, []string{"--name=x", "--rm"}},
		"letters joined, value apart":    {[]string{"-ite", "A=b c"}, []string{"-ite", "A=b c"}},
		"a value in the letters":         {[]string{"-eA=b", "--rm"}, []string{"-eA=b", "--rm"}},
		"a switch takes no value":        {[]string{"--rm", "-v /a:/b"}, []string{"--rm", "-v", "/a:/b"}},
		"a value that ends in a blank":   {[]string{"--env=A=b "}, []string{"--env=A=b "}},
		"blanks around":                  {[]string{"  --rm ", "", " "}, []string{"--rm"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := optionWords(RunFlags(), c.options)
			if err != nil || strings.Join(got, "|") != strings.Join(c.want, "|") {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}
