package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// source is the context and the Dockerfile.
type source struct {
	folder string // absolute
	// name is what messages call the Dockerfile; text and ignore are its content and
	// that of its own NAME.dockerignore (nil if there is none).
	name         string
	text, ignore []byte
	// inside is the Dockerfile's path in the context, "" if it is elsewhere.
	inside string
}

// maxDockerfile bounds what is read as a Dockerfile: nobody writes a larger one.
const maxDockerfile = 4 << 20

func (s *Spec) readSource(req core.BuildRequest) error {
	if req.Context == "" {
		return invalid("the context is an empty path")
	}
	if err := checkFolder(req.Context, "the context"); err != nil {
		return err
	}
	folder, err := filepath.Abs(req.Context)
	if err != nil {
		return localfiles.PathError(err, "the context", req.Context)
	}
	if folder, err = filepath.EvalSymlinks(folder); err != nil {
		return localfiles.PathError(err, "the context", req.Context)
	}
	s.source = &source{folder: folder, name: "Dockerfile"}
	if req.Dockerfile != nil {
		return s.source.given(*req.Dockerfile, s.flags.file)
	}
	return s.source.find(s.flags.file)
}

func (c *source) given(text, file string) error {
	if file != "" && file != "-" {
		return invalid("both dockerfile= and --file %s were given: take one", file)
	}
	if strings.TrimSpace(text) == "" {
		return invalid("dockerfile= is empty: it is a Dockerfile's text")
	}
	c.text = []byte(text)
	return nil
}

// find reads the Dockerfile that --file names, by default the context's.
func (c *source) find(file string) error {
	if file == "-" {
		return invalid("--file - reads from standard input: give the text by dockerfile=")
	}
	path := file
	if path == "" {
		path = c.defaultFile()
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return localfiles.PathError(err, "--file", file)
	}
	if c.text, err = readBounded(path, "the Dockerfile", maxDockerfile); err != nil {
		return c.missing(err, file)
	}
	if len(c.text) > maxDockerfile {
		return invalid("%s is no Dockerfile: it has more than %d MiB", path, maxDockerfile>>20).With("path", path)
	}
	if strings.TrimSpace(string(c.text)) == "" {
		return invalid("the Dockerfile %s is empty", path).With("path", path)
	}
	c.name = filepath.Base(path)
	if within, err := filepath.Rel(c.folder, path); err == nil && filepath.IsLocal(within) {
		c.inside = filepath.ToSlash(within)
	}
	ignore := path + ".dockerignore"
	c.ignore, err = os.ReadFile(ignore)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return localfiles.PathError(err, "the Dockerfile's own ignore file", ignore)
	}
	return nil
}

// defaultFile returns Dockerfile, or dockerfile if only that exists.
func (c *source) defaultFile() string {
	path := filepath.Join(c.folder, "Dockerfile")
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		lower := filepath.Join(c.folder, "dockerfile")
		if _, err := os.Lstat(lower); err == nil {
			return lower
		}
	}
	return path
}

// missing adds to the error what the user may have meant.
func (c *source) missing(err error, file string) error {
	known, ok := err.(*core.Error)
	if !ok || known.Kind != core.KindPathNotFound {
		return err
	}
	hint := "give --file, or the text by dockerfile="
	if file != "" && !filepath.IsAbs(file) {
		if _, err := os.Stat(filepath.Join(c.folder, file)); err == nil {
			hint = "--file is relative to the working directory, as with docker: " + filepath.Join(c.folder, file) + " exists"
		}
	}
	known.Message += ": " + hint
	return known
}

// excerpt shows lines of the Dockerfile with their neighbours.
func (c *source) excerpt(first, last int) string {
	lines := strings.Split(string(c.text), "\n")
	if first < 1 || last > len(lines) {
		return ""
	}
	var out strings.Builder
	_, _ = fmt.Fprintf(&out, "%s:%d\n--------------------\n", c.name, first)
	for i := max(1, first-2); i <= min(len(lines), last+2); i++ {
		mark := "   "
		if first <= i && i <= last {
			mark = ">>>"
		}
		_, _ = fmt.Fprintf(&out, " %3d | %s %s\n", i, mark, strings.TrimSuffix(lines[i-1], "\r"))
	}
	out.WriteString("--------------------")
	return out.String()
}

// locate finds the instruction that a step's name shows ("[2/3] RUN ..."), for engines
// that do not report its position. It returns 0 if that is not certain.
func (c *source) locate(step string) (first, last int) {
	_, wanted, found := strings.Cut(step, "] ")
	if !found || !strings.HasPrefix(step, "[") {
		return 0, 0
	}
	wanted = oneSpace(wanted)
	lines := strings.Split(string(c.text), "\n")
	for i := 0; i < len(lines); i++ {
		begin, text := i, strings.TrimSpace(lines[i])
		for strings.HasSuffix(text, "\\") && i+1 < len(lines) {
			i++
			text = strings.TrimSuffix(text, "\\") + " " + strings.TrimSpace(lines[i])
		}
		if oneSpace(text) != wanted {
			continue
		}
		if first > 0 {
			return 0, 0 // it occurs twice
		}
		first, last = begin+1, i+1
	}
	return first, last
}

func oneSpace(text string) string { return strings.Join(strings.Fields(text), " ") }
