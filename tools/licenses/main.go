// Command licenses writes THIRD_PARTY_NOTICES.txt: the licence and the notices of every Go
// module that is linked into the library or the agent, on any supported platform. It refuses
// a module without a licence and a licence that is not on the list in allowed.go.
//
//	go run ./tools/licenses           writes the file
//	go run ./tools/licenses -check    fails if the file is not what it would write
//
// It imports the standard library and licensecheck, which knows the texts of licences.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

const list = "THIRD_PARTY_NOTICES.txt"

const (
	library = "./capi"
	agent   = "./backends/engine/agent/program"
)

// builds are what the wheels carry: some modules are linked on one system only.
var builds = []build{
	{"linux/amd64", library}, {"linux/arm64", library}, {"darwin/amd64", library}, {"darwin/arm64", library},
	{"linux/amd64", agent}, {"linux/arm64", agent},
}

func main() {
	checkOnly := flag.Bool("check", false, "fail if "+list+" is stale, and write nothing")
	flag.Parse()
	if err := run(".", builds, *checkOnly); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

func run(root string, builds []build, checkOnly bool) error {
	modules, err := linked(root, builds)
	if err != nil {
		return err
	}
	if err := identifyAll(modules); err != nil {
		return err
	}
	text, err := render(modules)
	if err != nil {
		return err
	}
	path := filepath.Join(root, list)
	if !checkOnly {
		return os.WriteFile(path, text, 0o644)
	}
	committed, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if !bytes.Equal(committed, text) {
		return fmt.Errorf("%s is stale: run go run ./tools/licenses and commit it", list)
	}
	fmt.Printf("licenses: %d modules, all with an allowed licence\n", len(modules))
	return nil
}
