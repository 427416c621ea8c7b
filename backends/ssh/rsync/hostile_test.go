package rsync

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// TestBasisTakesNoMoreThanItHas: 16 bytes asked for 2.6 GB.
func TestBasisTakesNoMoreThanItHas(t *testing.T) {
	var head []byte
	for _, field := range []int32{maxBlocks, 700, 16, 0} {
		head = appendInt(head, field)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readBasis(bytes.NewReader(head), 16)
	runtime.ReadMemStats(&after)
	if err == nil || after.TotalAlloc-before.TotalAlloc > 1<<20 {
		t.Errorf("%d bytes, %v", after.TotalAlloc-before.TotalAlloc, err)
	}
}

// TestLargeBlocks: a block decides how much of a file is read at once.
func TestLargeBlocks(t *testing.T) {
	head := appendInt(appendInt(appendInt(appendInt(nil, 1), 1<<28), 1), 0)
	if _, err := readBasis(bytes.NewReader(append(head, make([]byte, 5)...)), 16); err == nil {
		t.Error("blocks of 256 MiB are taken")
	}
}

// TestBasisTooLargeToKeep: the file is sent as a whole, and a real receiver takes it.
func TestBasisTooLargeToKeep(t *testing.T) {
	defer func(most int64) { maxBasis = most }(maxBasis)
	maxBasis = 1 << 10
	source, destination := t.TempDir(), t.TempDir()
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = byte(rand.Uint32())
	}
	for dir, content := range map[string][]byte{source: append(text, "new"...), destination: text} {
		if err := os.WriteFile(filepath.Join(dir, "f"), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stats, _ := alike(t, source, destination)
	got, err := os.ReadFile(filepath.Join(destination, "f"))
	if err != nil || len(got) != len(text)+3 || stats.Spared != 0 || stats.Bytes != int64(len(got)) {
		t.Errorf("%d bytes, %+v, %v", len(got), stats, err)
	}
}

// TestInputIsBounded: what nobody reads is not taken either, and comes whole when it is.
func TestInputIsBounded(t *testing.T) {
	const size = 3 * maxWaiting
	in := newInput(nil).start(&frameSource{size: size})
	for waiting := 0; waiting < maxWaiting; {
		in.mu.Lock()
		waiting = in.waiting
		in.mu.Unlock()
		runtime.Gosched()
	}
	in.mu.Lock()
	waiting := in.waiting
	in.mu.Unlock()
	if waiting > maxWaiting+2*frameSize {
		t.Errorf("%d bytes wait", waiting)
	}
	n, err := io.Copy(io.Discard, in)
	if n != size || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// frameSource gives data frames of tiny sizes.
type frameSource struct {
	size int
	rest []byte
}

func (f *frameSource) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		if f.size == 0 {
			return 0, io.EOF
		}
		n := min(f.size, 1000)
		f.size -= n
		f.rest = append(appendInt(nil, int32(uint32(frameBase)<<24|uint32(n))), make([]byte, n)...)
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// TestEndlessMessages: a receiver that complains endlessly is listed up to a bound.
func TestEndlessMessages(t *testing.T) {
	issues := &hostfiles.Issues{}
	s := newPeer(issues, "")
	long := strings.Repeat("x", maxMessage/4)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range 1200 {
		name := string(rune('a'+i%26)) + long
		s.message(frameErrorXfer, []byte(`rsync: [receiver] mkstemp "`+name+`" failed: No such thing (`+string(rune('1'+i%9))+`)`))
		s.message(frameInfo, []byte("cannot delete non-empty directory: "+name+string(rune('0'+i/100))))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 3<<20 {
		t.Errorf("%d bytes are kept", grown)
	}
	runtime.KeepAlive(s)
}

// receiver is what a receiver sends: the greeting, then frames.
func receiver(frames ...[]byte) []byte {
	b := appendInt(nil, protocol)
	b = appendVarint(b, compatSeedFirst|compatVarints)
	b = appendText(b, []byte("md5"))
	b = appendInt(b, 7)
	for _, f := range frames {
		b = append(b, f...)
	}
	return b
}

func data(payload ...byte) []byte { return framed(frameData, payload) }

func framed(kind int, payload []byte) []byte {
	head := binary.LittleEndian.AppendUint32(nil, uint32(frameBase+kind)<<24|uint32(len(payload)))
	return append(head, payload...)
}

// wants is a request for the content of an entry that the receiver lacks.
func wants(reads *indices, ndx int32) []byte {
	return append(appendShort(reads.append(nil, ndx), itemTransfer), make([]byte, 16)...)
}

// TestContentOfWhatIsNoFile: a host gets the content of files, and of what was listed.
func TestContentOfWhatIsNoFile(t *testing.T) {
	for name, ndx := range map[string]int32{"a folder": 0, "a link": 2, "beyond the list": 3} {
		reads := newIndices()
		opened, err := run(t.Context(), receiver(data(wants(&reads, ndx)...)))
		if err == nil || len(opened) > 0 {
			t.Errorf("%s: %q was opened, %v", name, opened, err)
		}
	}
	reads := newIndices()
	if opened, _ := run(t.Context(), receiver(data(wants(&reads, 1)...))); len(opened) != 1 || opened[0] != "f" {
		t.Errorf("%q was opened", opened)
	}
}

// run is a session with three entries: the root, a file and a link.
func run(ctx context.Context, sent []byte) (opened []string, err error) {
	o := &Options{
		Issues: &hostfiles.Issues{}, Meter: hostfiles.NewMeter(false, nil), Abandon: func() {}, Delete: true, Destination: "/to",
		List: func(context.Context) (Listed, error) {
			return Listed{Entries: []hostfiles.Entry{
				{Type: hostfiles.Folder}, {Path: "f", Size: 4}, {Path: "l", Type: hostfiles.Symlink, More: &hostfiles.More{Target: "f"}},
			}}, nil
		},
		Open: func(_ context.Context, path string) (hostfiles.Reader, error) {
			opened = append(opened, path)
			return nil, fs.ErrNotExist
		},
	}
	_, err = Run(ctx, o, bytes.NewReader(sent), io.Discard, strings.NewReader(""))
	return opened, err
}

// FuzzReceiver: whatever a receiver sends, the session ends, and nothing but the file
// of the list is opened.
func FuzzReceiver(f *testing.F) {
	reads := newIndices()
	f.Add(receiver(data(wants(&reads, 1)...), data(0, 0, 0, 0, 0)))
	f.Add(receiver(framed(frameErrorXfer, []byte(`rsync: [receiver] mkstemp "/to/.f.AbCdEf" failed: Permission denied (13)`)), framed(frameErrorExit, []byte{23, 0, 0, 0})))
	f.Add(receiver(framed(frameNoop, nil), framed(frameIOError, make([]byte, 4)), data(0, 0), data(0, 0, 0)))
	f.Add(receiver(data(append((&indices{-1, 1}).append(nil, ndxDelStats), 1, 2, 3, 4, 5, 0, 0, 0, 0, 0)...)))
	f.Add(receiver(data(appendText(appendShort([]byte{2}, itemNameFollows|itemBasisFollows), []byte("xname"))...)))
	f.Add([]byte("Welcome to the host!"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		opened, _ := run(ctx, sent)
		for _, path := range opened {
			if path != "f" {
				t.Errorf("%q was opened", path)
			}
		}
		if ctx.Err() != nil {
			t.Error("it did not end")
		}
	})
}

// FuzzInput: data comes as it was sent, whatever is between.
func FuzzInput(f *testing.F) {
	f.Add(append(data(1, 2, 3), framed(frameInfo, []byte("text"))...))
	f.Add([]byte{0xff, 0xff, 0xff, 7, 1})
	f.Fuzz(func(t *testing.T, sent []byte) {
		said := 0
		in := newInput(func(_ int, text []byte) { said += len(text) }).start(iotest.HalfReader(bytes.NewReader(sent)))
		got, _ := io.ReadAll(in)
		if len(got) > len(sent) || said > len(sent) {
			t.Errorf("%d and %d bytes of %d", len(got), said, len(sent))
		}
	})
}

// FuzzBasis: a basis takes no more than it has, and a file against it comes out as it is.
func FuzzBasis(f *testing.F) {
	f.Add(append(appendInt(appendInt(appendInt(appendInt(nil, 1), 4), 2), 0), 1, 2, 3, 4, 5, 6), []byte("some text"))
	f.Add(append(appendInt(appendInt(appendInt(appendInt(nil, 2), 1), 0), 1), make([]byte, 8)...), []byte{0, 0, 1})
	f.Fuzz(func(t *testing.T, sent, text []byte) {
		b, err := readBasis(bytes.NewReader(sent), 16)
		if err != nil || b.count == 0 {
			return
		}
		if int(b.count)*4 > len(sent) {
			t.Fatalf("%d blocks of %d bytes", b.count, len(sent))
		}
		var content []byte
		length := 0
		d := &delta{
			basis: b, from: bytes.NewReader(text), strong: func([]byte) []byte { return make([]byte, 16) },
			literal: func(p []byte) error { length += len(p); return nil },
			block: func(i int32) error {
				if i < 0 || i >= b.count {
					t.Errorf("block %d of %d", i, b.count)
				}
				length += b.lengthOf(i)
				return nil
			},
			content: func(p []byte) { content = append(content, p...) }, skipped: func(int64) {},
		}
		if err := d.run(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(content, text) || length != len(text) {
			t.Errorf("%d bytes of content and %d sent, of %d", len(content), length, len(text))
		}
	})
}
