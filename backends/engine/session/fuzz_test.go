package session

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// answering makes a session with an engine that answers each request with the same bytes.
func answering(t *testing.T, answer []byte) *Session {
	t.Helper()
	s, err := New(Options{Target: "unix:///test", APIVersion: "1.45", ConnectTimeout: patience, ReconnectTimeout: time.Nanosecond, Dial: func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		guard.Go(func() {
			// A request that is not read would wait for ever.
			guard.Go(func() { _, _ = io.Copy(io.Discard, theirs) }, nil)
			_, _ = theirs.Write(answer)
			_ = theirs.Close()
		}, nil)
		return ours, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(func() {}) })
	return s
}

const patience = 2 * time.Minute

// FuzzAnswer: whatever an engine answers to a question or to an upgrade, the answer is a document
// within the bound, a stream, or a typed error with a readable message.
func FuzzAnswer(f *testing.F) {
	for _, answer := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"a\": 1}",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\nffffffffffffffff\r\nx",
		"HTTP/1.1 404 Not Found\r\nApi-Version: 1.45\r\nContent-Length: 37\r\n\r\n{\"message\":\"No such container: \\u001b\"}",
		"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nhello",
		"HTTP/1.1 301 Moved Permanently\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 999 \r\n\r\n",
		"SSH-2.0-OpenSSH_9.2\r\n",
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		s := answering(t, answer)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		raw, err := s.Get(ctx, "/containers/x/json")
		if err == nil && (!json.Valid(raw) || len(raw) > len(answer)) {
			t.Errorf("%q came of %q", raw, answer)
		}
		told(t, ctx, err)
		stream, err := Upgrade(ctx, func(ctx context.Context) (types.HijackedResponse, error) {
			return s.API.ContainerAttach(ctx, "x", container.AttachOptions{Stream: true, Stdout: true})
		})
		told(t, ctx, err)
		if err != nil {
			return
		}
		defer stream.Close()
		text, _ := io.ReadAll(io.LimitReader(stream.Reader, bounded.Limit))
		if len(text) > len(answer) || !bytes.Contains(answer, text) {
			t.Errorf("%q came of %q", text, answer)
		}
	})
}

// told checks the error that a caller gets.
func told(t *testing.T, ctx context.Context, err error) {
	t.Helper()
	if ctx.Err() != nil {
		t.Error("it did not end")
	}
	if err == nil {
		return
	}
	known := Translate(ctx, err)
	if kind := core.KindOf(known); kind == "" || kind == core.KindInternalError || strings.TrimSpace(known.Error()) == "" {
		t.Errorf("%s: %v", kind, known)
	}
}
