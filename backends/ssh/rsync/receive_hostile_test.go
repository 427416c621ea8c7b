package rsync

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
	"github.com/proboscis/ml_nexus_go/core"
)

// sent is what a sender sends: the greeting, then frames.
func sent(frames ...[]byte) []byte { return receiver(frames...) }

// list encodes a list as a sender does.
func list(entries ...hostfiles.Entry) []byte {
	w := &listWriter{hardLinks: true, owner: true}
	var b []byte
	for i := range entries {
		b = w.append(b, &entries[i])
	}
	return appendEnd(b, false)
}

// answered is one file's content, after the request for it as a whole.
func answered(sends *indices, ndx int32, content string, sum []byte) []byte {
	b := appendShort(sends.append(nil, ndx), itemTransfer)
	b = append(b, make([]byte, 16)...) // no blocks
	if content != "" {
		b = append(appendInt(b, int32(len(content))), content...)
	}
	return append(appendInt(b, 0), sum...)
}

func md5Of(content string) []byte {
	h := algorithms[1].file()
	h.Write([]byte(content))
	return h.Sum(nil)
}

// script is what a sender sends, whatever it was asked: each turn when it was
// asked once more, from the first requests for files on.
type script struct {
	turns [][]byte
	got   chan struct{} // what was written to it
	ended chan struct{}
	wait  int // for so many writes before the next turn
}

// beforeRequests is how often a receiver writes before it asks for files: the greeting and
// the rules.
const beforeRequests = 2

func newScript(turns ...[]byte) *script {
	return &script{turns: turns, got: make(chan struct{}, 64), ended: make(chan struct{}), wait: beforeRequests + 1}
}

func (s *script) Write(p []byte) (int, error) {
	s.got <- struct{}{}
	return len(p), nil
}

func (s *script) Read(p []byte) (int, error) {
	if len(s.turns) == 0 {
		return 0, io.EOF
	}
	for len(s.turns[0]) == 0 {
		if s.turns = s.turns[1:]; len(s.turns) == 0 {
			return 0, io.EOF
		}
		for ; s.wait > 0; s.wait-- {
			select {
			case <-s.got:
			case <-s.ended:
				return 0, io.EOF
			}
		}
		s.wait = 1
	}
	n := copy(p, s.turns[0])
	s.turns[0] = s.turns[0][n:]
	return n, nil
}

// scripted is a host whose trees come from a script.
type scripted struct {
	localfs.FS
	script *script
}

func (s scripted) Tree(context.Context, string) (hostfiles.Tree, error) {
	return &scriptedTree{script: s.script}, nil
}

type scriptedTree struct {
	hostfiles.Tree
	script  *script
	session *Receiver
}

func (s *scriptedTree) List(ctx context.Context, opts hostfiles.ListOptions) (l hostfiles.Listing, err error) {
	o := &ReceiveOptions{HardLinks: opts.HardLinks, Checksum: opts.Checksum, Issues: opts.Issues, Abandon: func() {}, Source: "/from"}
	if s.session, err = Begin(ctx, o, s.script, s.script, strings.NewReader("")); err != nil {
		return l, err
	}
	entries, complete, err := s.session.List()
	for _, e := range entries {
		if e.Path != "" {
			l.Entries = append(l.Entries, e)
		}
	}
	l.Complete = complete
	return l, err
}

func (s *scriptedTree) SendAll(_ context.Context, wanted []hostfiles.Wanted, take func(i int, content hostfiles.Content) error) error {
	stopped, err := s.session.Receive(wanted, take)
	return errors.Join(stopped, err)
}

func (s *scriptedTree) Close() error {
	close(s.script.ended)
	if s.session != nil {
		s.session.Close()
	}
	return nil
}

// syncScripted syncs from a sender into a folder of a folder, and returns both.
func syncScripted(t *testing.T, ctx context.Context, script *script, req core.SyncRequest) (base, here string, report core.SyncReport, err error) {
	t.Helper()
	base = t.TempDir()
	here = filepath.Join(base, "here")
	for _, folder := range []string{"here/sub", "outside"} {
		if err := os.MkdirAll(filepath.Join(base, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../outside", filepath.Join(here, "link")); err != nil {
		t.Fatal(err)
	}
	req.Source, req.Destination = t.TempDir(), here
	report, err = hostfiles.New(scripted{script: script}, localfs.FS{}).SyncFrom(ctx, req, nil)
	return base, here, report, err
}

func untouched(t *testing.T, base string) {
	t.Helper()
	for _, folder := range []string{"", "outside"} {
		want := map[string]int{"": 2, "outside": 0}[folder]
		if entries, err := os.ReadDir(filepath.Join(base, folder)); err != nil || len(entries) != want {
			t.Errorf("%q: %v, %v", folder, entries, err)
		}
	}
}

var (
	top  = hostfiles.Entry{Type: hostfiles.Folder, Mode: 0o755}
	evil = hostfiles.Entry{Path: "f", Size: 4, Mode: 0o4755}
)

func named(path string, kind hostfiles.Type) hostfiles.Entry {
	return hostfiles.Entry{Path: path, Type: kind, Mode: 0o755, Size: 4}
}

// TestAHostileListWritesNowhereElse has names that lead out of the destination.
func TestAHostileListWritesNowhereElse(t *testing.T) {
	way := hostfiles.Entry{Path: "way", Type: hostfiles.Symlink, More: &hostfiles.More{Target: "../outside"}}
	for name, entries := range map[string][]hostfiles.Entry{
		"a file above":            {named("../pwned", hostfiles.File)},
		"a folder above":          {named("..", hostfiles.Folder), named("../pwned", hostfiles.File)},
		"an absolute name":        {named("/tmp/pwned", hostfiles.File)},
		"a name in no folder":     {named("nowhere/pwned", hostfiles.File)},
		"a name behind a link":    {way, named("way/pwned", hostfiles.File)},
		"a name below a file":     {evil, named("f/pwned", hostfiles.File)},
		"a folder above a folder": {named("sub", hostfiles.Folder), named("sub/..", hostfiles.Folder)},
		"a NUL":                   {named("x\x00y", hostfiles.File)},
		"no name":                 {named("sub//x", hostfiles.File)},
		"the same name twice":     {evil, evil},
		"a file and a folder":     {evil, named("f", hostfiles.Folder)},
		"a slash at the end":      {named("x/", hostfiles.Folder)},
	} {
		t.Run(name, func(t *testing.T) {
			base, here, report, err := syncScripted(t, t.Context(), newScript(sent(data(list(append([]hostfiles.Entry{top}, entries...)...)...))), core.SyncRequest{Delete: true})
			if core.KindOf(err) != core.KindEngineError || !strings.Contains(err.Error(), "unsafe answer") {
				t.Errorf("%+v, %v", report, err)
			}
			untouched(t, base)
			if entries, err := os.ReadDir(here); err != nil || len(entries) != 2 {
				t.Errorf("%v, %v: something was made or deleted", entries, err)
			}
		})
	}
}

// TestLinksInTheDestinationAreNotFollowed: a folder of the list is where a link is.
func TestLinksInTheDestinationAreNotFollowed(t *testing.T) {
	sends := newIndices()
	entries := []hostfiles.Entry{top, named("link", hostfiles.Folder), named("link/f", hostfiles.File)}
	base, here, report, err := syncScripted(t, t.Context(), newScript(sent(data(list(entries...)...)), append(data(answered(&sends, 2, "evil", md5Of("evil"))...), data(0)...)), core.SyncRequest{})
	if err != nil || report.FilesSent != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	untouched(t, base)
	if text, err := os.ReadFile(filepath.Join(here, "link", "f")); err != nil || string(text) != "evil" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestWhatDoesNotComeWhole: a file whose content is cut, wrong or not what was asked for has
// no name at the end, and is no reason to leave something else.
func TestWhatDoesNotComeWhole(t *testing.T) {
	first := func() *indices { x := newIndices(); return &x }
	request := list(top, evil)
	block := appendInt(append(appendShort(first().append(nil, 1), itemTransfer), make([]byte, 16)...), -1)
	twice := first()
	wrong := append(answered(twice, 1, "evil", md5Of("good")), 0)
	again := append(answered(twice, 1, "evil", md5Of("good")), 0)
	for name, one := range map[string]struct {
		answers [][]byte
		issue   core.IssueKind // "" for an error that ends the sync
	}{
		"nothing at all":           {nil, ""},
		"cut in the content":       {[][]byte{answered(first(), 1, "evil", nil)[:24]}, ""},
		"cut before the checksum":  {[][]byte{answered(first(), 1, "evil", md5Of("evil"))[:34]}, ""},
		"a file not asked for":     {[][]byte{answered(first(), 0, "evil", md5Of("evil"))}, ""},
		"a file beyond the list":   {[][]byte{answered(first(), 77, "evil", md5Of("evil"))}, ""},
		"a block that is not here": {[][]byte{block}, ""},
		"the end without it":       {[][]byte{[]byte{0}}, ""},
		"no content flag":          {[][]byte{appendShort(first().append(nil, 1), 0)}, ""},
		"a wrong checksum, twice":  {[][]byte{wrong, again}, core.IssueChanged},
	} {
		t.Run(name, func(t *testing.T) {
			turns := [][]byte{sent(data(request...))}
			for _, answer := range one.answers {
				turns = append(turns, data(answer...))
			}
			base, here, report, err := syncScripted(t, t.Context(), newScript(turns...), core.SyncRequest{})
			if (err == nil) != (one.issue != "") {
				t.Errorf("%+v, %v", report, err)
			}
			if one.issue != "" && (len(report.Issues) != 1 || report.Issues[0].Issue != one.issue) {
				t.Errorf("%+v", report)
			}
			untouched(t, base)
			if entries, err := os.ReadDir(here); err != nil || len(entries) != 2 {
				t.Errorf("%v, %v", entries, err)
			}
		})
	}
}

// TestAFileThatDoesNotCome is an issue, with or without a message of the host.
func TestAFileThatDoesNotCome(t *testing.T) {
	skipped := framed(frameNoSend, appendInt(nil, 1))
	for name, one := range map[string]struct {
		frames [][]byte
		want   core.IssueKind
	}{
		"silently":   {[][]byte{skipped, data(0)}, core.IssueVanished},
		"it is gone": {[][]byte{framed(frameWarning, []byte("file has vanished: \"/from/f\"\n")), skipped, data(0)}, core.IssueVanished},
		"it may not": {[][]byte{framed(frameErrorXfer, []byte("rsync: [sender] send_files failed to open \"/from/f\": Permission denied (13)\n")), skipped, data(0)}, core.IssueFailed},
	} {
		_, here, report, err := syncScripted(t, t.Context(), newScript(sent(data(list(top, evil)...)), bytes.Join(one.frames, nil)), core.SyncRequest{Delete: true})
		if len(report.Issues) != 1 || report.Issues[0].Path != "f" || report.Issues[0].Issue != one.want || (err == nil) != (one.want == core.IssueVanished) {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
		if _, err := os.Lstat(filepath.Join(here, "f")); err == nil {
			t.Errorf("%s: the file is there", name)
		}
	}
}

// TestIncompleteListDeletesNothing: what could not be read may be there.
func TestIncompleteListDeletesNothing(t *testing.T) {
	whole := list(top)
	for name, frames := range map[string][][]byte{
		"at the end of the list": {data(append(whole[:len(whole)-1:len(whole)-1], generalError)...)},
		"by a message":           {framed(frameIOError, appendInt(nil, generalError)), data(whole...)},
		"for a folder":           {framed(frameErrorXfer, []byte("rsync: [sender] opendir \"/from/sub\" failed: Permission denied (13)\n")), data(whole...)},
	} {
		_, here, report, _ := syncScripted(t, t.Context(), newScript(sent(frames...)), core.SyncRequest{Delete: true})
		if entries, err := os.ReadDir(here); err != nil || len(entries) != 2 || report.Deleted != 0 {
			t.Errorf("%s: %v, %v, %+v", name, entries, err, report)
		}
	}
}

// TestAListOfLongNamesTakesNoMoreThanItHas: a few bytes asked for gigabytes.
func TestAListOfLongNamesTakesNoMoreThanItHas(t *testing.T) {
	for name, lie := range map[string][]byte{
		"a name":        append(appendVarint(nil, longName|extended), appendVarint(nil, 1<<30)...),
		"a target":      append(append(appendVarint(nil, extended), 1, 'l', 0, 0, 0, 0, 0, 0, 0), append(append(appendInt(nil, 0o120777), 0, 0), appendVarint(nil, 1<<30)...)...),
		"a shared name": append(appendVarint(nil, sameName), 200, 1, 'x'),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := newListReader(bytes.NewBuffer(lie), 0).read()
		runtime.ReadMemStats(&after)
		if err == nil || strings.Contains(err.Error(), "EOF") || after.TotalAlloc-before.TotalAlloc > 1<<20 {
			t.Errorf("%s: %d bytes, %v", name, after.TotalAlloc-before.TotalAlloc, err)
		}
	}
}

// FuzzList: a list takes no more than it has, and what listWriter encodes comes out as it was.
func FuzzList(f *testing.F) {
	linked := evil
	linked.More = &hostfiles.More{Device: 1, Inode: 2}
	other := linked
	other.Path = "g"
	f.Add(list(top, linked, other, named("sub", hostfiles.Folder), hostfiles.Entry{Path: "l", Type: hostfiles.Symlink, More: &hostfiles.More{Target: "f"}, MTime: 1}), 0)
	f.Add(list(top, named(strings.Repeat("n", 300), hostfiles.File)), 16)
	f.Add([]byte{0x40, 0xff, 0xff, 0xff}, 8)
	f.Fuzz(func(t *testing.T, text []byte, sumSize int) {
		l := newListReader(bytes.NewBuffer(text), min(max(sumSize, 0), 16))
		if _, err := l.read(); err != nil {
			return
		}
		w := &listWriter{hardLinks: true, owner: true}
		for i := range l.entries {
			e := &l.entries[i]
			if e.Size < 0 || len(e.Path) > maxPath || e.Type > hostfiles.Special {
				t.Fatalf("%+v", e)
			}
			_ = w.append(nil, e)
		}
	})
}

// FuzzSender: whatever a sender sends, the session ends, and nothing is made outside the
// destination.
func FuzzSender(f *testing.F) {
	sends := newIndices()
	f.Add(list(top, evil), append(data(answered(&sends, 1, "evil", md5Of("evil"))...), data(0)...), true)
	f.Add(list(top, named("../x", hostfiles.File)), data(0), false)
	f.Add(list(top, named("link", hostfiles.Folder), named("link/f", hostfiles.File)), data(0), true)
	f.Add(list(top, evil), append(framed(frameNoSend, appendInt(nil, 1)), data(0)...), true)
	f.Add(list(top, evil), framed(frameErrorExit, []byte{23, 0, 0, 0}), true)
	f.Fuzz(func(t *testing.T, listed, answers []byte, deletes bool) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		turns := [][]byte{sent(data(listed...), answers)}
		if r := bytes.NewBuffer(listed); len(listed) < frameLimit {
			if _, err := newListReader(r, 0).read(); err == nil { // the answers wait for requests
				turns = [][]byte{sent(data(listed...)), answers}
			}
		}
		base, _, _, _ := syncScripted(t, ctx, newScript(turns...), core.SyncRequest{Delete: deletes, HardLinks: true})
		untouched(t, base)
		if ctx.Err() != nil {
			t.Error("it did not end")
		}
	})
}
