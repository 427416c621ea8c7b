package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
)

// pack makes an archive. An entry is "name/" (folder), "name=content", "name->link",
// "name=>first" (hard link), "name|" (FIFO) or "name#" (device); " 0751" is its mode.
func pack(t testing.TB, entries ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, line := range entries {
		hdr, content := header(line)
		if err := w.WriteHeader(hdr); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func header(line string) (hdr *tar.Header, content string) {
	what, mode, has := strings.Cut(line, " 0")
	hdr = &tar.Header{Mode: 0o644, ModTime: time.Unix(1_600_000_000, 0), Uid: os.Getuid(), Gid: os.Getgid()}
	if has {
		_, _ = fmt.Sscanf(mode, "%o", &hdr.Mode)
	}
	switch {
	case strings.Contains(what, "->"):
		hdr.Typeflag = tar.TypeSymlink
		hdr.Name, hdr.Linkname, _ = strings.Cut(what, "->")
	case strings.Contains(what, "=>"):
		hdr.Typeflag = tar.TypeLink
		hdr.Name, hdr.Linkname, _ = strings.Cut(what, "=>")
	case strings.Contains(what, "="):
		hdr.Typeflag = tar.TypeReg
		hdr.Name, content, _ = strings.Cut(what, "=")
		hdr.Size = int64(len(content))
	case strings.HasSuffix(what, "|"):
		hdr.Typeflag, hdr.Name = tar.TypeFifo, what[:len(what)-1]
	case strings.HasSuffix(what, "#"):
		hdr.Typeflag, hdr.Name, hdr.Devmajor, hdr.Devminor = tar.TypeChar, what[:len(what)-1], 1, 3
	default:
		hdr.Typeflag, hdr.Name = tar.TypeDir, what
	}
	return hdr, content
}

// arena is a destination beside what must stay as it is.
type arena struct{ destination, outside string }

func newArena(t testing.TB) arena {
	t.Helper()
	base := t.TempDir()
	a := arena{filepath.Join(base, "in"), filepath.Join(base, "out")}
	for _, dir := range []string{a.destination, a.outside, filepath.Join(a.outside, "folder")} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { // opened, so that they can be removed by another user than root
		_ = filepath.WalkDir(base, func(path string, entry fs.DirEntry, _ error) error {
			if entry != nil && entry.IsDir() {
				_ = os.Chmod(path, 0o700)
			}
			return nil
		})
	})
	if err := os.WriteFile(filepath.Join(a.outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// state describes a folder: names, modes, owners, numbers of names, content, times.
func state(t testing.TB, dir string) (lines []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		rest, _ := filepath.Rel(dir, path)
		line := fmt.Sprintf("%s %v %d:%d %d", rest, info.Mode(), stat.Uid, stat.Gid, info.ModTime().UnixNano())
		if !info.IsDir() {
			line += fmt.Sprint(" ", stat.Nlink)
		}
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %q", content)
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func reason(err error) string {
	var known *core.Error
	if !errors.As(err, &known) {
		return ""
	}
	text, _ := known.Details["reason"].(string)
	return text
}

// In the archives OUT is the absolute path of what must stay as it is.
var hostile = []struct {
	title   string
	planted []string // in the destination, made by somebody else
	entries []string
	reason  string // of the error; "" wants none, "other" any
	left    []string
}{
	{"climbs", nil, []string{"../out/new=x"}, "unsafe_archive", nil},
	{"climbs on its way", nil, []string{"a/../../out/new=x"}, "unsafe_archive", nil},
	{"climbs and comes back", nil, []string{"../in/new=x"}, "unsafe_archive", nil},
	{"absolute", nil, []string{"OUT/new=x"}, "unsafe_archive", nil},
	{"folder that climbs", nil, []string{"../out/"}, "unsafe_archive", nil},
	{"replaces the destination by a file", nil, []string{".=x"}, "unsafe_archive", nil},
	{"replaces the destination by a link", nil, []string{".->OUT"}, "unsafe_archive", nil},
	{"through its own absolute link", nil, []string{"l->OUT", "l/new=x"}, "unsafe_archive", []string{"l"}},
	{"through its own relative link", nil, []string{"a/", "a/l->../../out", "a/l/new=x"}, "unsafe_archive", []string{"a"}},
	{"relative link out", nil, []string{"l->../out/secret"}, "unsafe_archive", nil},
	{"through a link inside", nil, []string{"d/", "l->d", "l/new=x"}, "unsafe_archive", []string{"d", "l"}},
	{"through links to links", nil, []string{"a->.", "a/b->.", "b/l->../out"}, "unsafe_archive", []string{"a"}},
	{"through a planted link", []string{"l->OUT"}, []string{"l/new=x"}, "unsafe_archive", []string{"l"}},
	{"onto a planted link", []string{"l->OUT/secret"}, []string{"l=x"}, "", []string{"l"}},
	{"folder onto a planted link", []string{"l->OUT/folder"}, []string{"l/ 0777"}, "other", []string{"l"}},
	{"folder in a planted link", []string{"l->OUT/folder"}, []string{"l/new/ 0777"}, "unsafe_archive", []string{"l"}},
	{"onto its own link", nil, []string{"l->OUT/secret", "l=x"}, "", []string{"l"}},
	{"hard link out", nil, []string{"h=>../out/secret"}, "unsafe_archive", nil},
	{"hard link to an absolute path", nil, []string{"h=>OUT/secret"}, "unsafe_archive", nil},
	{"hard link through a link", nil, []string{"l->OUT", "h=>l/secret"}, "unsafe_archive", []string{"l"}},
	{"hard link to a link out, then onto it", nil, []string{"l->OUT/secret", "h=>l", "h=x"}, "", []string{"h", "l"}},
	{"hard link to a planted link", []string{"l->OUT/secret"}, []string{"h=>l", "h=x"}, "", []string{"h", "l"}},
	{"hard link to a folder", nil, []string{"d/", "h=>d"}, "unsafe_archive", []string{"d"}},
	{"hard link to the destination", nil, []string{"h=>."}, "unsafe_archive", nil},
	{"hard link to nothing", nil, []string{"h=>none"}, "unsafe_archive", nil},
	{"hard link to itself", nil, []string{"h=>h"}, "unsafe_archive", nil},
	{"device", nil, []string{"null#"}, "unsafe_archive", nil},
	{"the same file twice", nil, []string{"f=first", "f=second"}, "", []string{"f"}},
	{"a file where a folder was", nil, []string{"d/", "d=x"}, "other", []string{"d"}},
	{"a link where a folder was", nil, []string{"d/", "d->OUT", "d/new=x"}, "other", []string{"d"}},
	{"a folder where a file was", nil, []string{"f=x", "f/"}, "other", []string{"f"}},
	{"below a file", nil, []string{"f=x", "f/new=x"}, "other", []string{"f"}},
	{"set-id without being asked for", nil, []string{"f=x 07777", "d/ 07777"}, "", []string{"d", "f"}},
	{"closed folder", nil, []string{"d/ 0000", "d/f=x"}, "", []string{"d"}},
	{"nested too deep", nil, []string{strings.Repeat("d/", 1200) + "f=x"}, "unsafe_archive", nil},
	{"link without a target", nil, []string{"l->"}, "unsafe_archive", nil},
	{"odd names", nil, []string{"./a//b/./c=x", "..a/..=>a/b/c", "a\\..\\..\\x=x", "...=x"}, "unsafe_archive", []string{"a"}},
}

func TestHostileArchives(t *testing.T) {
	for _, c := range hostile {
		t.Run(c.title, func(t *testing.T) {
			a := newArena(t)
			entries := slices.Clone(c.entries)
			for i := range entries {
				entries[i] = strings.ReplaceAll(entries[i], "OUT", a.outside)
			}
			for _, line := range c.planted {
				name, link, _ := strings.Cut(strings.ReplaceAll(line, "OUT", a.outside), "->")
				if err := os.Symlink(link, filepath.Join(a.destination, name)); err != nil {
					t.Fatal(err)
				}
			}
			before := state(t, a.outside)
			_, err := Extract(t.Context(), bytes.NewReader(pack(t, entries...)), a.destination, ExtractOptions{Base: ".", Name: "."})
			if after := state(t, a.outside); !slices.Equal(before, after) {
				t.Errorf("outside was %q and is %q", before, after)
			}
			switch {
			case c.reason == "" && err != nil, c.reason != "" && core.KindOf(err) == "", c.reason != "other" && reason(err) != c.reason:
				t.Errorf("%v, want %q", err, c.reason)
			}
			left, err := os.ReadDir(a.destination)
			if err != nil {
				t.Fatal(err)
			}
			names := []string{}
			for _, entry := range left {
				names = append(names, entry.Name())
				if info, _ := entry.Info(); info.Mode()&(fs.ModeSetuid|fs.ModeDevice) != 0 {
					t.Errorf("%s has mode %v", entry.Name(), info.Mode())
				}
			}
			if !slices.Equal(names, append([]string{}, c.left...)) {
				t.Errorf("there is %q, want %q", names, c.left)
			}
		})
	}
}

// TestAnOrdinaryUsersArchives: root may enter folders whose mode closes them, others may not.
func TestAnOrdinaryUsersArchives(t *testing.T) {
	if os.Geteuid() != 0 {
		return // TestHostileArchives itself is what this asks for
	}
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	base, err := os.MkdirTemp("", "mlng-nobody-") // below t.TempDir() others than root get nowhere
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	program := filepath.Join(base, "test")
	text, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		err = os.WriteFile(program, text, 0o700)
	}
	for _, path := range []string{program, base} {
		err = errors.Join(err, os.Chown(path, int(nobody.Uid), int(nobody.Gid)))
	}
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "-test.run=^TestHostileArchives$")
	command.Dir, command.Env = base, []string{"TMPDIR=" + base}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: nobody}
	if said, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}

func TestBrokenArchives(t *testing.T) {
	good := pack(t, "a=first", "b="+strings.Repeat("x", 3*pieceSize))
	negative := slices.Clone(good)
	copy(negative[124:136], []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00})
	setChecksum(negative)
	long := pack(t, "x=y")
	copy(long[124:136], "77777777777\x00") // 8 GiB of extended header
	long[156] = 'x'
	setChecksum(long)
	records := slices.Clone(long[:512])
	copy(records[124:136], fmt.Sprintf("%011o\x00", 2<<20))
	setChecksum(records)
	records = append(records, bytes.Repeat([]byte("9 k=vvvv\n"), 2<<20/9)...)
	for name, c := range map[string]struct {
		archive []byte
		left    int
	}{
		"empty":             {nil, 0},
		"no archive":        {bytes.Repeat([]byte("text "), 500), 0},
		"cut in a header":   {good[:1300], 1},
		"cut in a file":     {good[:len(good)-2*pieceSize], 1},
		"cut after a head":  {good[:512], 0},
		"negative size":     {negative, 0},
		"extended without":  {long, 0},
		"extended too long": {records, 0},
		"checksum":          {append([]byte{'z'}, good[1:]...), 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := newArena(t)
			totals, err := Extract(t.Context(), bytes.NewReader(c.archive), a.destination, ExtractOptions{Base: ".", Name: "."})
			if name == "empty" != (err == nil) || totals.Files != int64(c.left) {
				t.Errorf("%+v, %v", totals, err)
			}
			left, _ := os.ReadDir(a.destination)
			if len(left) != c.left {
				t.Errorf("there is %v", left)
			}
		})
	}
}

func setChecksum(block []byte) {
	copy(block[148:156], "        ")
	sum := 0
	for _, b := range block[:512] {
		sum += int(b)
	}
	copy(block[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

func FuzzExtract(f *testing.F) {
	for _, c := range hostile {
		if len(c.entries[0]) < 100 {
			f.Add(pack(f, c.entries...), false)
		}
	}
	f.Add(pack(f, "d/ 01777", "d/f=x 04755", "d/g=>d/f", "l->d/f", "p|"), true)
	f.Fuzz(func(t *testing.T, archive []byte, owner bool) {
		a := newArena(t)
		before := state(t, a.outside)
		// A sparse file may claim any size: holes, and a limit of time.
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := Extract(ctx, bytes.NewReader(archive), a.destination, ExtractOptions{Base: ".", Name: ".", Owner: owner && os.Getuid() != 0, Holes: true})
		if after := state(t, a.outside); !slices.Equal(before, after) {
			t.Errorf("outside was %q and is %q (%v)", before, after, err)
		}
		above, _ := os.ReadDir(filepath.Dir(a.destination))
		if len(above) != 2 {
			t.Errorf("beside the destination there is %v (%v)", above, err)
		}
	})
}
