package hostfiles

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestOrderIsAWalk(t *testing.T) {
	paths := []string{"a", "a/b", "a/b/c", "a b", "a.b", "a0", "b", "A/x", "A", "a/b.c", "a/\x01"}
	entries := make([]Entry, 0, len(paths))
	for _, i := range rand.Perm(len(paths)) {
		entries = append(entries, Entry{Path: paths[i]})
	}
	Sort(entries)
	for i := range entries {
		p := entries[i].Path
		for end := i + 1; end < len(entries) && Below(entries[end].Path, p); end++ {
			if !strings.HasPrefix(entries[end].Path, p+"/") {
				t.Errorf("%q is not below %q", entries[end].Path, p)
			}
		}
		below := slices.IndexFunc(entries, func(e Entry) bool { return e.Path == path.Dir(p) })
		if below > i {
			t.Errorf("%q comes before its folder", p)
		}
	}
}

func TestPlan(t *testing.T) {
	file := func(p string, size, time int64) Entry {
		return Entry{Path: p, Size: size, MTime: time * 1e9, Mode: 0o644}
	}
	folder := func(p string) Entry { return Entry{Path: p, Type: Folder, Mode: 0o755} }
	linked := func(p string, inode uint64) Entry {
		e := file(p, 1, 1)
		e.More = &More{Device: 1, Inode: inode}
		return e
	}
	source := []Entry{
		file("changed", 2, 1), folder("folder"), file("folder/in", 1, 1), linked("l1", 7), linked("l2", 7), linked("l3", 7),
		file("mode", 1, 1), file("same", 1, 1), {Path: "special", Type: Special}, folder("was file"), file("was folder", 1, 1),
	}
	mode := file("mode", 1, 1)
	mode.Mode = 0o600
	protected := file("kept.o", 1, 1)
	protected.Protected = true
	have := []Entry{
		file("changed", 1, 1), protected, linked("l1", 9), linked("l2", 9), linked("l3", 8), mode, folder("old"), file("old/deep", 1, 1),
		file("same", 1, 1), file("special", 1, 1), file("was file", 1, 1), folder("was folder"), file("was folder/x", 1, 1),
	}
	Sort(source)
	Sort(have)
	p := MakePlan(source, have, PlanOptions{Delete: true, HardLinks: true})
	names := func(indices []int) (out []string) {
		for _, i := range indices {
			out = append(out, p.Source[i].Path)
		}
		return out
	}
	got := fmt.Sprint("make", names(p.Make), " send", names(p.Send), " clear", p.Clear, " delete", p.Delete, " links", len(p.Links), " touch", len(p.Touch),
		" unchanged", p.Unchanged, " bytes", p.Bytes)
	want := "make[folder was file] send[changed folder/in was folder] clear[{was file false true} {was folder true true}]" +
		" delete[{old true true}] links1 touch1 unchanged4 bytes4"
	if got != want {
		t.Errorf("\n%s, want\n%s", got, want)
	}
}

func TestSameTime(t *testing.T) {
	for _, tt := range []struct {
		a, b int64
		same bool
	}{
		{5e9, 5e9, true}, {5e9 + 1, 5e9, true}, {5e9, 5e9 + 999_999_999, true}, {5e9 + 1, 5e9 + 2, false}, {5e9, 6e9, false},
		{-1, -1e9, true}, {-1, 0, false},
	} {
		if sameTime(tt.a, tt.b) != tt.same || sameTime(tt.b, tt.a) != tt.same {
			t.Errorf("%d %d: want %t", tt.a, tt.b, tt.same)
		}
	}
}

func TestOrderOfRsync(t *testing.T) {
	file, folder := File, Folder
	want := []Entry{
		{Type: folder}, {Path: "a", Type: file}, {Path: "z", Type: file}, {Path: "a.b", Type: folder}, {Path: "a.b/x", Type: file},
		{Path: "b", Type: folder}, {Path: "b/y", Type: file}, {Path: "b/a", Type: folder}, {Path: "b/a/k", Type: file}, {Path: "bb", Type: folder},
	}
	got := slices.Clone(want)
	for range 20 {
		rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		slices.SortFunc(got, CompareAsRsync)
		if !slices.Equal(got, want) {
			t.Fatalf("%+v", got)
		}
	}
	if compareNames("a", "a.b", true) <= 0 || compareNames("a", "a0", true) >= 0 {
		t.Error("folders are compared with a slash at their end")
	}
}

// TestDelta rebuilds a changed file from its blocks and what was sent.

// A file that the destination has by one name is not sent again for another one, and a
// name with a folder in its way does not lead.
func TestWhichNameLeads(t *testing.T) {
	named := func(p string) Entry { return Entry{Path: p, Size: 5, More: &More{Device: 1, Inode: 7}} }
	folder := Entry{Path: "a", Type: Folder}
	for _, tt := range []struct {
		source, have []Entry
		sent         int
		links        []HardLink
	}{
		{[]Entry{folder, named("a/new"), named("b")}, []Entry{{Path: "b", Size: 5}}, 0, []HardLink{{Index: 1, Leader: 2}}},
		{[]Entry{folder, named("a/old"), named("b")}, []Entry{folder, {Path: "a/old", Size: 5}}, 0, []HardLink{{Index: 2, Leader: 1}}},
		{[]Entry{named("a"), named("b")}, []Entry{{Path: "a", Size: 1}, {Path: "b", Size: 5}}, 1, []HardLink{{Index: 1, Leader: 0}}},
		{[]Entry{named("a"), named("b")}, []Entry{folder}, 1, []HardLink{{Index: 0, Leader: 1}}},
	} {
		p := MakePlan(tt.source, tt.have, PlanOptions{HardLinks: true})
		if len(p.Send) != tt.sent || p.Unchanged != int64(1-tt.sent) || !slices.Equal(p.Links, tt.links) {
			t.Errorf("%+v", p)
		}
	}
}
