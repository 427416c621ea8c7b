// Command layers checks that the Go code follows the rules of docs/architecture.md:
// which folder may import which, no unguarded goroutines, no use of the process's own
// environment, no signal handlers. Run it from the repository root; it names every
// violation and exits with 1.
package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	problems, files, err := check(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "layers:", err)
		os.Exit(2)
	}
	for _, p := range problems {
		fmt.Println(p)
	}
	if files == 0 || len(problems) > 0 {
		fmt.Printf("layers: %d problems in %d files\n", len(problems), files)
		os.Exit(1)
	}
	fmt.Printf("layers: %d files keep the rules\n", files)
}

// check returns the problems of every Go file below root, except tests, and of the rooms
// they make up, and how many files it read.
func check(root string) (problems []string, files int, err error) {
	rooms := map[string]*room{}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || path == filepath.Join(root, "build") || entry.Name() == "testdata"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found, err := checkFile(filepath.ToSlash(path), text)
		files++
		enter(rooms, filepath.ToSlash(filepath.Dir(path)), text)
		problems = append(problems, found...)
		return err
	})
	problems = append(problems, tooLarge(rooms)...)
	slices.Sort(problems)
	return problems, files, err
}

func checkFile(path string, text []byte) ([]string, error) {
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, path, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var problems []string
	for _, rule := range rules {
		rule(filepath.ToSlash(filepath.Dir(path)), file, func(at token.Pos, format string, args ...any) {
			problems = append(problems, fmt.Sprintf("%s: %s", positions.Position(at), fmt.Sprintf(format, args...)))
		})
	}
	return problems, nil
}
