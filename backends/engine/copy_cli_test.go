package engine

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// likeDocker are copies that docker cp and this client must make alike. The trees are
// as plant takes them; src and dst are below their roots.
var likeDocker = []struct {
	title    string
	src, dst string
	flags    string // of docker cp
	source   []string
	target   []string
}{
	{"file to new name", "f", "new", "", []string{"f=hello 0640"}, nil},
	{"file into folder", "f", "d", "", []string{"f=hello 0600"}, []string{"d/ 0711"}},
	{"file into folder with slash", "f", "d/", "", []string{"f=hello"}, []string{"d/"}},
	{"file over file", "f", "g", "", []string{"f=new"}, []string{"g=old 0777"}},
	{"file over file in folder", "f", "d", "", []string{"f=new"}, []string{"d/", "d/f=old"}},
	{"file into missing folder", "f", "d/", "", []string{"f=hello"}, nil},
	{"file below missing folder", "f", "d/e", "", []string{"f=hello"}, nil},
	{"file below file", "f", "g/e", "", []string{"f=hello"}, []string{"g=old"}},
	{"file onto folder of its name", "f", "d", "", []string{"f=hello"}, []string{"d/f/"}},
	{"file with slash", "f/", "d", "", []string{"f=hello"}, []string{"d/"}},
	{"missing source", "f", "d", "", nil, []string{"d/"}},
	{"folder to new name", "s", "new", "", []string{"s/ 0700", "s/f=1", "s/e/", "s/e/g=2"}, nil},
	{"folder to new name with slash", "s", "new/", "", []string{"s/", "s/f=1"}, nil},
	{"folder into folder", "s", "d", "", []string{"s/", "s/f=1"}, []string{"d/", "d/x=old"}},
	{"folder merged", "s", "d", "", []string{"s/ 0700", "s/f=1"}, []string{"d/s/", "d/s/f=old", "d/s/x=old"}},
	{"folder over file", "s", "g", "", []string{"s/", "s/f=1"}, []string{"g=old"}},
	{"folder over file of its name", "s", "d", "", []string{"s/", "s/f=1"}, []string{"d/", "d/s=old"}},
	{"content into folder", "s/.", "d", "", []string{"s/ 0700", "s/f=1", "s/e/", "s/e/g=x"}, []string{"d/ 0755", "d/x=old"}},
	{"content to new name", "s/.", "new", "", []string{"s/ 0700", "s/f=1"}, nil},
	{"folder with slash", "s/", "d", "", []string{"s/", "s/f=1"}, []string{"d/"}},
	{"folder to missing content", "s", "new/.", "", []string{"s/", "s/f=1"}, nil},
	{"empty folder", "s", "d", "", []string{"s/ 0500"}, []string{"d/"}},
	{"file inside replaces folder", "s/.", "d", "", []string{"s/", "s/f=1"}, []string{"d/f/"}},
	{"folder inside replaces file", "s/.", "d", "", []string{"s/f/"}, []string{"d/", "d/f=old"}},
	{"link kept", "l", "d", "", []string{"f=1", "l->f"}, []string{"d/"}},
	{"link to new name", "l", "new", "", []string{"f=1", "l->f"}, nil},
	{"dangling link", "l", "d", "", []string{"l->nothing"}, []string{"d/"}},
	{"link followed", "l", "d", "-L", []string{"f=1", "l->f"}, []string{"d/"}},
	{"link followed to new name", "l", "new", "-L", []string{"f=1", "l->f"}, nil},
	{"dangling link followed", "l", "d", "-L", []string{"l->nothing"}, []string{"d/"}},
	{"link to folder", "l", "d", "", []string{"s/", "s/f=1", "l->s"}, []string{"d/"}},
	{"link to folder with slash", "l/", "d", "", []string{"s/", "s/f=1", "l->s"}, []string{"d/"}},
	{"link to folder as content", "l/.", "d", "", []string{"s/", "s/f=1", "l->s"}, []string{"d/"}},
	{"link to folder followed", "l", "d", "-L", []string{"s/", "s/f=1", "l->s"}, []string{"d/"}},
	{"link on the way", "l/f", "d", "", []string{"s/", "s/f=1", "l->s"}, []string{"d/"}},
	{"link at the destination to a folder", "f", "l", "", []string{"f=1"}, []string{"d/", "l->d"}},
	{"link at the destination to a file", "f", "l", "", []string{"f=1"}, []string{"g=old", "l->g"}},
	{"link at the destination to nothing", "f", "l", "", []string{"f=1"}, []string{"l->g"}},
	{"folder to a link to a folder", "s", "l", "", []string{"s/", "s/f=1"}, []string{"d/", "l->d"}},
	{"folder to a link to nothing", "s", "l", "", []string{"s/", "s/f=1"}, []string{"l->g"}},
	{"link over file", "s/.", "d", "", []string{"s/", "s/f->g"}, []string{"d/", "d/f=old"}},
	{"file over link", "s/.", "d", "", []string{"s/", "s/f=1"}, []string{"d/", "g=old", "d/f->../g"}},
	{"folder over link to folder", "s/.", "d", "", []string{"s/e/", "s/e/f=1"}, []string{"d/", "x/", "d/e->../x"}},
	{"links inside", "s", "d", "", []string{"s/e/", "s/f=1", "s/l->f", "s/e/l->../f", "s/dir->e", "s/abs->/etc"}, []string{"d/"}},
	{"link out of the folder", "s", "d", "", []string{"s/", "s/l->../../../../../x"}, []string{"d/"}},
	{"hard links", "s", "d", "", []string{"s/e/", "s/f=1", "s/g=>s/f", "s/e/h=>s/f"}, []string{"d/"}},
	{"hard links renamed", "s", "new", "", []string{"s/", "s/f=1", "s/g=>s/f"}, nil},
	{"hard links as content", "s/.", "d", "", []string{"s/", "s/f=1", "s/g=>s/f"}, []string{"d/"}},
	{"FIFO inside", "s", "d", "", []string{"s/", "s/p| 0620"}, []string{"d/"}},
	{"special names", "s", "d", "", []string{"s/", "s/new\nline=1", "s/\xff\xfe=2", "s/ünï=3", "s/-=4", "s/tab\there=5", "s/a:b=6"}, []string{"d/"}},
	{"long names", "s", "d", "", []string{"s/" + strings.Repeat("d", 200) + "/" + strings.Repeat("e", 200) + "/",
		"s/" + strings.Repeat("d", 200) + "/" + strings.Repeat("e", 200) + "/" + strings.Repeat("f", 200) + "=1"}, []string{"d/"}},
	{"the name -", "-", "d", "", []string{"-=1"}, []string{"d/"}},
	{"modes", "s", "d", "", []string{"s/ 01777", "s/f=1 0000", "s/g=1 0755", "s/h=1 0444", "s/e/ 02750"}, []string{"d/"}},
	{"larger files", "s", "d", "", []string{"s/", "s/f=" + strings.Repeat("a", 100_000), "s/g=" + strings.Repeat("b", 1_000_000), "s/h="}, []string{"d/"}},
	{"archive", "s", "d", "-a", []string{"s/", "s/f=1"}, []string{"d/"}},
}

func TestCopyToLikeDocker(t *testing.T) {
	t.Parallel()
	eachCopyEngine(t, func(t *testing.T, b copyBench) {
		other := b.create(t)
		fixture := t.TempDir()
		for _, c := range likeDocker {
			plant(t, filepath.Join(fixture, c.title), append([]string{"./"}, c.target...)...)
		}
		for _, container := range []string{b.container, other} {
			b.must(t, "cp", fixture, container+":/copies")
		}
		for _, c := range likeDocker {
			t.Run(c.title, func(t *testing.T) {
				local, name := t.TempDir(), "/copies/"+c.title
				plant(t, local, c.source...)
				_, want := b.command(t, dockerCp(c.flags, local+"/"+c.src, other+":"+name+"/"+c.dst)...)
				result, got := b.client.CopyTo(t.Context(), core.CopyToRequest{
					Source: local + "/" + c.src, Container: b.container, Destination: name + "/" + c.dst,
					Archive: c.flags == "-a", FollowLink: c.flags == "-L",
				}, nil)
				if (want == nil) != (got == nil) {
					t.Errorf("docker cp: %v\nours:      %v", want, got)
				}
				if got != nil && (core.KindOf(got) == "" || core.KindOf(got) == core.KindInternalError || result != (core.CopyResult{})) {
					t.Errorf("result %v, error of kind %q: %v", result, core.KindOf(got), got)
				}
			})
		}
		sameTrees(t, b.fetch(t, other, "/copies"), b.fetch(t, b.container, "/copies"))
	})
}

func TestCopyFromLikeDocker(t *testing.T) {
	t.Parallel()
	eachCopyEngine(t, func(t *testing.T, b copyBench) {
		fixture := t.TempDir()
		for _, c := range likeDocker {
			plant(t, filepath.Join(fixture, c.title), append([]string{"./"}, c.source...)...)
		}
		b.must(t, "cp", fixture, b.container+":/copies")
		for _, c := range likeDocker {
			t.Run(c.title, func(t *testing.T) {
				theirs, ours, name := t.TempDir(), t.TempDir(), "/copies/"+c.title
				plant(t, theirs, c.target...)
				plant(t, ours, c.target...)
				_, want := b.command(t, dockerCp(c.flags, b.container+":"+name+"/"+c.src, theirs+"/"+c.dst)...)
				result, got := b.client.CopyFrom(t.Context(), core.CopyFromRequest{
					Container: b.container, Source: name + "/" + c.src, Destination: ours + "/" + c.dst,
					Archive: c.flags == "-a", FollowLink: c.flags == "-L",
				}, nil)
				if (want == nil) != (got == nil) {
					t.Errorf("docker cp: %v\nours:      %v", want, got)
				}
				if got != nil && (core.KindOf(got) == "" || core.KindOf(got) == core.KindInternalError || result != (core.CopyResult{})) {
					t.Errorf("result %v, error of kind %q: %v", result, core.KindOf(got), got)
				}
				sameTrees(t, portray(t, theirs), portray(t, ours))
			})
		}
	})
}

func dockerCp(flags, src, dst string) []string {
	args := []string{"cp"}
	if flags != "" {
		args = append(args, flags)
	}
	return append(args, src, dst)
}

func sameTrees(t *testing.T, want, got []string) {
	t.Helper()
	only := func(in, notIn []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(in), func(line string) bool { return slices.Contains(notIn, line) }), "\n")
	}
	if !slices.Equal(want, got) {
		t.Errorf("only docker cp made:\n%s\nonly ours:\n%s", only(want, got), only(got, want))
	}
}
