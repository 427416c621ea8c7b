package protocol

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// answering is a client of an agent that gives the same payload to every call, as often
// as is wanted before the last frame.
func answering(t *testing.T, times int, part fields) *Client {
	t.Helper()
	fromClient, toAgent := io.Pipe()
	fromAgent, toClient := io.Pipe()
	guard.Go(func() {
		out := frameWriter{w: toClient}
		_ = out.send(frameHello, 0, nil)
		for {
			f, err := readFrame(fromClient)
			if err != nil {
				_ = toClient.Close()
				return
			}
			if f.kind != frameRequest {
				continue
			}
			for range times {
				if out.send(frameItem, f.call, append(newFields(len(part)), part[headLength:]...)) != nil {
					return
				}
			}
			_ = out.send(frameReply, f.call, nil)
		}
	}, func(p *guard.Panic) { panic(p) })
	t.Cleanup(func() { _ = toAgent.Close() })
	return NewClient(fromAgent, toAgent)
}

// TestEndlessFolder: a folder that never ends is an error after 64 MiB, whether its
// entries are many or large, and the client goes on.
func TestEndlessFolder(t *testing.T) {
	small, large := newFields(itemSize), newFields(itemSize)
	for len(small) < itemSize {
		small.entry(&hostfiles.Entry{Path: "x"})
	}
	large.entry(&hostfiles.Entry{Path: strings.Repeat("x", itemSize), Type: hostfiles.Symlink, More: &hostfiles.More{Target: strings.Repeat("x", itemSize)}})
	for name, part := range map[string]fields{"many": small, "large": large} {
		c := answering(t, 2*bounded.Limit/len(part), part)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := c.ReadDir(t.Context(), "")
		if !bounded.IsTooLarge(err) {
			t.Errorf("%s: %v", name, err)
		}
		if err := c.Mkdir(t.Context(), "x"); err != nil { // its answer is after all of the folder
			t.Errorf("%s: %v", name, err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
			t.Errorf("%s: %d bytes stay", name, grown)
		}
	}
}

// FuzzClient: whatever an agent sends, each call comes to its end, and what a list has
// was sent.
func FuzzClient(f *testing.F) {
	stream := func(frames ...func(out *frameWriter)) []byte {
		var b bytes.Buffer
		out := &frameWriter{w: &b}
		_ = out.send(frameHello, 0, nil)
		for _, send := range frames {
			send(out)
		}
		return b.Bytes()
	}
	reply := func(kind byte, call uint32, fill func(p *fields)) func(out *frameWriter) {
		p := newFields(0)
		fill(&p)
		return func(out *frameWriter) { _ = out.send(kind, call, p) }
	}
	entry := func(p *fields) {
		p.entry(&hostfiles.Entry{Path: "../x", Size: -1, Type: 9, More: &hostfiles.More{Target: "/etc"}})
	}
	f.Add(stream())
	f.Add(stream(reply(frameItem, 1, entry), reply(frameReply, 1, entry), reply(frameReply, 2, entry),
		reply(frameReply, 3, func(p *fields) { p.number(1); entry(p) }), reply(frameReply, 4, func(p *fields) { *p = append(*p, "more than was asked for"...) }),
		reply(frameFailure, 5, func(p *fields) { p.number(-1); p.text("why") }), reply(frameReply, 6, func(p *fields) { p.text("/x"); p.text("") })))
	f.Add(stream(reply(frameFailure, 1, func(p *fields) { p.number(1 << 40) }), reply(frameReply, 1, entry)))
	f.Add([]byte{0, 5, 0, 1, frameReply, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, sent []byte) {
		c := NewClient(bytes.NewReader(sent), io.Discard)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		entries, err := c.ReadDir(ctx, "")
		if len(entries) > len(sent) {
			t.Errorf("%d entries of %d bytes", len(entries), len(sent))
		}
		_, _ = c.Lstat(ctx, "x")
		if r, err := c.Open(ctx, "x"); err == nil {
			var p [4]byte
			if n, err := r.ReadAt(p[:], 0); n > len(p) || n < len(p) && err == nil {
				t.Errorf("%d bytes, %v", n, err)
			}
			_, _ = r.Stat()
			_ = r.Close()
		}
		_, _ = c.Mounts(ctx)
		<-c.Done() // the stream has an end, and so have the calls
		if _, after := c.Lstat(ctx, "x"); after == nil {
			t.Errorf("a call after the end: %v", errors.Join(err, after))
		}
	})
}
