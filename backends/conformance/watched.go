package conformance

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// Watched is a writer that tells when a text has come through it.
type Watched struct {
	mu   sync.Mutex
	got  bytes.Buffer
	text string
	seen chan struct{}
}

// WatchFor returns a writer that waits for a text.
func WatchFor(text string) *Watched { return &Watched{text: text, seen: make(chan struct{})} }

// Write keeps what comes.
func (w *Watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got.Write(p)
	if w.text != "" && strings.Contains(w.got.String(), w.text) {
		w.text = ""
		close(w.seen)
	}
	return len(p), nil
}

// String returns what has come.
func (w *Watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.got.String()
}

// Await waits for the text.
func (w *Watched) Await(t testing.TB) {
	t.Helper()
	select {
	case <-w.seen:
	case <-time.After(patience):
		t.Fatalf("%q did not come within %s; %q did", w.text, patience, w.String())
	}
}
