package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	clicontainer "github.com/docker/cli/cli/command/container"
	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/backends/engine/build"
	"github.com/proboscis/ml_nexus_go/core"
)

// TestTypedOptionsMeanWhatDockerReads has a line for each keyword: what a user of Python writes,
// and what a user of docker's command writes. Docker's parser must make the same of both.
func TestTypedOptionsMeanWhatDockerReads(t *testing.T) {
	for i := range optionClasses {
		class := &optionClasses[i]
		t.Run(class.command, func(t *testing.T) {
			cases := typedCases[class.command]
			made := wordsOf(t, class.name, cases)
			useFiles(t)
			tried := map[string]bool{}
			for i, c := range cases {
				name, _, _ := strings.Cut(c.python, "=")
				tried[name] = true
				docker, err := core.SplitWords(c.docker)
				if err != nil {
					t.Fatal(err)
				}
				got, want := understood(t, class.command, made[i]), understood(t, class.command, docker)
				if got != want {
					t.Errorf("%s(%s) is %q to docker:\n%s\nand %s is\n%s", class.name, c.python, made[i], got, c.docker, want)
				}
			}
			keywords, err := class.keywords()
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range keywords {
				if !tried[k.name] {
					t.Errorf("no case tries %s", k.name)
				}
			}
		})
	}
}

// wordsOf asks Python for the words of each case.
func wordsOf(t *testing.T, class string, cases []typedCase) [][]string {
	t.Helper()
	const script = `
import json, sys
from datetime import timedelta
from pathlib import Path
from signal import SIGINT
from ml_nexus_go import BuildOptions, ExecOptions, RunOptions, UpdateOptions
print(json.dumps([list(eval(f"{sys.argv[1]}({one})")) for one in sys.argv[2:]]))`
	args := []string{"-c", script, class}
	for _, c := range cases {
		args = append(args, c.python)
	}
	cmd := exec.Command("python3", args...)
	cmd.Env = append(cmd.Environ(), "PYTHONPATH=../../python")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, err.(*exec.ExitError).Stderr)
	}
	var words [][]string
	if err := json.Unmarshal(out, &words); err != nil || len(words) != len(cases) {
		t.Fatalf("%d cases, %v: %s", len(cases), err, out)
	}
	return words
}

// understood is what docker's parser makes of words: the flags that were given, and for
// docker run the request that docker create would send.
func understood(t *testing.T, command string, words []string) string {
	t.Helper()
	switch command {
	case "run":
		cmd, api := dockerCreate()
		parse(t, cmd.Flags(), words)
		defer os.Remove("cid") // docker writes it, and refuses to do so twice
		return given(cmd.Flags()) + requested(t, cmd, api)
	case "exec":
		//lint:ignore SA1019 deprecated without a replacement
		return parse(t, clicontainer.NewExecCommand(nil).Flags(), words)
	case "update":
		//lint:ignore SA1019 deprecated without a replacement
		return parse(t, clicontainer.NewUpdateCommand(&dockerCLI{}).Flags(), words)
	}
	return parse(t, build.NewFlags().Set, words)
}

func parse(t *testing.T, flags *pflag.FlagSet, words []string) string {
	t.Helper()
	if err := flags.Parse(words); err != nil || flags.NArg() > 0 {
		t.Fatalf("%q: %v, %q left", words, err, flags.Args())
	}
	return given(flags)
}

// useFiles goes to a folder with the files that options name.
func useFiles(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"env": "A=1\n", "more env": "B=2\n", "labels": "a=1\n"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
