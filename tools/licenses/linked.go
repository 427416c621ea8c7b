package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// module is one module that is linked, with the files that say under which terms.
type module struct {
	path, version string
	root          string          // its folder in the module cache
	folders       map[string]bool // of the packages that are linked
	texts         []string        // files with licences and notices
	licences      []string        // SPDX identifiers
}

// build is what is linked for one platform.
type build struct{ platform, program string }

const standardLibrary = "Go standard library"

type listed struct {
	Dir      string
	Standard bool
	Module   *struct {
		Path, Version, Dir string
		Main               bool
		Replace            *struct{ Version string }
	}
}

// linked returns the modules of the builds' packages, sorted by path.
func linked(root string, builds []build) ([]*module, error) {
	version, err := toolchain(root)
	if err != nil {
		return nil, err
	}
	found := map[string]*module{}
	for _, b := range builds {
		packages, err := b.packages(root)
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			switch {
			case p.Standard:
				goroot := p.Dir[:strings.LastIndex(p.Dir, string(filepath.Separator)+"src"+string(filepath.Separator))]
				add(found, standardLibrary, version, goroot, goroot)
			case p.Module != nil && !p.Module.Main:
				add(found, p.Module.Path, p.Module.Version, p.Module.Dir, p.Dir)
			}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b *module) int { return strings.Compare(a.path, b.path) }), nil
}

func add(found map[string]*module, path, version, root, folder string) {
	if found[path] == nil {
		found[path] = &module{path: path, version: version, root: root, folders: map[string]bool{}}
	}
	found[path].folders[folder] = true
}

// packages returns what is linked.
func (b build) packages(root string) ([]listed, error) {
	system, processor, _ := strings.Cut(b.platform, "/")
	command := exec.Command("go", "list", "-deps", "-json=Dir,Standard,Module", b.program)
	command.Dir = root
	command.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=1")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s for %s: %w", b.program, b.platform, err)
	}
	var packages []listed
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

var toolchainLine = regexp.MustCompile(`(?m)^toolchain go(\S+)$`)

// toolchain returns the Go version that go.mod pins: the file is the same on a machine with another.
func toolchain(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return "", err
	}
	match := toolchainLine.FindSubmatch(text)
	if match == nil {
		return "", errors.New("go.mod names no toolchain")
	}
	return "v" + string(match[1]), nil
}
