package hostfiles

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"syscall"

	"github.com/proboscis/ml_nexus_go/core"
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

// Fail notes that a path could not be made alike. An error that ends everything (the
// context's, the connection's, a full disk) is given back.
func (s *Issues) Fail(path string, err error) error {
	if isFatal(err) {
		return err
	}
	s.Add(path, core.IssueFailed, reason(err))
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

// Failed tells whether anything failed.
func (s *Issues) Failed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed > 0
}

// Has tells whether anything failed with this number.
func (s *Issues) Has(number syscall.Errno) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.numbers[number]
}

// List gives what was noted; it is never nil.
func (s *Issues) List() (list []core.SyncIssue, omitted int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]core.SyncIssue{}, s.list...), s.omitted
}

// Err is the error of an operation that did everything else.
func (s *Issues) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == 0 {
		return nil
	}
	e := core.Errorf(kindOf(s.first), "%d of the paths failed, the rest is done; the first: %q: %s", s.failed, s.at, reason(s.first))
	return e.With("path", s.at).With("issues", append([]core.SyncIssue{}, s.list[:min(len(s.list), maxIssuesInError)]...))
}

const maxIssuesInError = 20

func isFatal(err error) bool {
	var known *core.Error
	return errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || isFull(err)
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// PathError makes the error of a file operation a *core.Error that names the path.
func PathError(path string, err error) error {
	if err == nil {
		return nil
	}
	var known *core.Error
	if errors.As(err, &known) {
		return known
	}
	if errors.Is(err, context.Canceled) {
		return core.Errorf(core.KindCancelled, "cancelled")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return core.Errorf(core.KindOperationTimeout, "not done in time")
	}
	out := core.Errorf(kindOf(err), "%s: %s", path, reason(err)).With("path", path)
	out.Err = err
	if isFull(err) {
		out.With("reason", "disk_full")
	}
	return out
}

func kindOf(err error) core.Kind {
	var known *core.Error
	switch {
	case errors.As(err, &known):
		return known.Kind
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return core.KindPathNotFound
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return core.KindPermissionDenied
	case errors.Is(err, fs.ErrExist), errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTEMPTY):
		return core.KindConflict
	case errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.EINVAL):
		return core.KindInvalidArgument
	}
	return core.KindEngineError
}

// reason is an error's text without the path, which the message has already.
func reason(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number.Error()
	}
	var known *fs.PathError
	if errors.As(err, &known) {
		return known.Err.Error()
	}
	return err.Error()
}
