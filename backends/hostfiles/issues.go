package hostfiles

import (
	"context"
	"errors"
	"strings"
	"sync"
	"syscall"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
)

// Issues collects what could not be made alike. Its methods may be called at once.
type Issues struct {
	mu      sync.Mutex
	list    []core.SyncIssue
	omitted int64
	failed  int64
	first   error // the first failure
	numbers map[syscall.Errno]bool
	at      string
}

// Add notes an issue.
func (s *Issues) Add(path string, kind core.IssueKind, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) >= core.MaxSyncIssues {
		s.omitted++
		return
	}
	s.list = append(s.list, core.SyncIssue{Path: cut(path), Issue: kind, Message: cut(message)})
}

// maxIssueText bounds each text of an issue, in bytes: the other side may have made it.
const maxIssueText = 8 << 10

func cut(text string) string {
	if len(text) <= maxIssueText {
		return text
	}
	return strings.Clone(text[:maxIssueText])
}

// Fail notes that a path could not be made equal. It returns an error that ends everything
// (the context's, the connection's, a full disk).
func (s *Issues) Fail(path string, err error) error {
	if isFatal(err) {
		return err
	}
	s.Add(path, core.IssueFailed, fileerr.Reason(err))
	s.mu.Lock()
	defer s.mu.Unlock()
	var number syscall.Errno
	if errors.As(err, &number) {
		if s.numbers == nil {
			s.numbers = map[syscall.Errno]bool{}
		}
		s.numbers[number] = true
	}
	if s.failed++; s.first == nil {
		s.first, s.at = err, cut(path)
	}
	return nil
}

// Failed reports whether anything failed.
func (s *Issues) Failed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed > 0
}

// Has reports whether anything failed with this number.
func (s *Issues) Has(number syscall.Errno) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.numbers[number]
}

// List returns what was noted; it is never nil.
func (s *Issues) List() (list []core.SyncIssue, omitted int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]core.SyncIssue{}, s.list...), s.omitted
}

// Err returns the error of an operation that did everything else.
func (s *Issues) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == 0 {
		return nil
	}
	e := core.Errorf(fileerr.Kind(s.first), "%d of the paths failed, the others are done; the first failure: %q: %s", s.failed, s.at, fileerr.Reason(s.first))
	return e.With("path", s.at).With("issues", append([]core.SyncIssue{}, s.list[:min(len(s.list), maxIssuesInError)]...))
}

const maxIssuesInError = 20

func isFatal(err error) bool {
	var known *core.Error
	return errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || fileerr.IsFull(err)
}
