package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// declared returns the tests and fuzz targets of the packages that go test was asked for,
// read from their source. A run of chosen tests (-run) declares none: it is not whole.
func declared(args []string) ([]test, error) {
	if slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-run") }) {
		return nil, nil
	}
	packages := slices.DeleteFunc(slices.Clone(args), func(arg string) bool {
		return !strings.HasPrefix(arg, ".")
	})
	list := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,TestGoFiles,XTestGoFiles"}, packages...)...)
	listed, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	return declaredIn(listed)
}

// declaredIn reads the files that go list -json named.
func declaredIn(listed []byte) (tests []test, err error) {
	for documents := json.NewDecoder(bytes.NewReader(listed)); ; {
		var pkg struct {
			ImportPath, Dir           string
			TestGoFiles, XTestGoFiles []string
		}
		if err := documents.Decode(&pkg); errors.Is(err, io.EOF) {
			return tests, nil
		} else if err != nil {
			return nil, err
		}
		for _, file := range slices.Concat(pkg.TestGoFiles, pkg.XTestGoFiles) {
			names, err := testsOf(filepath.Join(pkg.Dir, file))
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				tests = append(tests, test{pkg.ImportPath, name})
			}
		}
	}
}

func testsOf(path string) (names []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, each := range file.Decls {
		function, ok := each.(*ast.FuncDecl)
		if !ok || function.Recv != nil || function.Name.Name == "TestMain" {
			continue
		}
		if name := function.Name.Name; strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz") {
			names = append(names, name)
		}
	}
	return names, nil
}
