// Command wire writes the Python side of what crosses the C ABI, from the Go side: a
// TypedDict for each request, result and event, the table of methods, and the classes of
// typed options. Run it from the repository root; -check writes nothing and exits with 1
// where a file is stale. It also writes how a fleet's client finds the node of an operation
// (backends/swarm/routes_*.go). It may import everything but the testbed.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// The folders that hold generated files and nothing else.
const (
	wireFolder    = "python/ml_nexus_go/_wire/generated"
	optionsFolder = "python/ml_nexus_go/_options/generated"
)

func main() {
	check := flag.Bool("check", false, "write nothing, and fail where a file is stale")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "wire:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	files, err := generate(".")
	if err != nil {
		return err
	}
	stale, err := staleFiles(files)
	if err != nil || len(stale) == 0 {
		return err
	}
	if check {
		return fmt.Errorf("stale: %q: run go run ./tools/wire, and commit what it writes", stale)
	}
	for _, path := range stale {
		if err := write(path, files[path]); err != nil {
			return err
		}
		fmt.Println("wrote", path)
	}
	return nil
}

// write makes a file what it must be; nil means that it must not exist.
func write(path string, content []byte) error {
	if content == nil {
		return os.Remove(path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// generate returns every generated file by its path.
func generate(root string) (map[string][]byte, error) {
	docs, err := readDocs(root)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, write := range []func() (map[string][]byte, error){
		func() (map[string][]byte, error) { return wireFiles(docs) },
		optionFiles,
		routeFiles,
	} {
		made, err := write()
		if err != nil {
			return nil, err
		}
		maps.Copy(files, made)
	}
	return files, nil
}

// staleFiles lists, in order, the files that differ from what they must be. A generated
// file that nothing generates any more is entered into files with nil.
func staleFiles(files map[string][]byte) ([]string, error) {
	var stale []string
	for path, want := range files {
		if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, want) {
			stale = append(stale, path)
		}
	}
	for _, folder := range []string{wireFolder, optionsFolder} {
		have, err := filepath.Glob(filepath.Join(folder, "*.py"))
		if err != nil {
			return nil, err
		}
		for _, path := range have {
			if _, ok := files[path]; !ok {
				files[path] = nil
				stale = append(stale, path)
			}
		}
	}
	slices.Sort(stale)
	return stale, nil
}
