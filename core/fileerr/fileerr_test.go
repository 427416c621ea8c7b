package fileerr

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// TestKindOfEveryErrno: a number that is not named here is not the caller's doing.
func TestKindOfEveryErrno(t *testing.T) {
	want := map[syscall.Errno]core.Kind{
		syscall.ENOENT: core.KindPathNotFound, syscall.ENOTDIR: core.KindPathNotFound,
		syscall.EACCES: core.KindPermissionDenied, syscall.EPERM: core.KindPermissionDenied, syscall.EROFS: core.KindPermissionDenied,
		syscall.EEXIST: core.KindConflict, syscall.EISDIR: core.KindConflict, syscall.ENOTEMPTY: core.KindConflict,
		syscall.ENAMETOOLONG: core.KindInvalidArgument, syscall.ELOOP: core.KindInvalidArgument, syscall.EINVAL: core.KindInvalidArgument,
	}
	const numbers = 134 // of Linux
	for number := syscall.Errno(1); number < numbers; number++ {
		kind := want[number]
		if kind == "" {
			kind = core.KindEngineError
		}
		wrapped := &fs.PathError{Op: "open", Path: "/x", Err: number}
		if got := Kind(wrapped); got != kind {
			t.Errorf("%d (%v): %s, want %s", number, number, got, kind)
		}
		err := At("/path", wrapped)
		var known *core.Error
		if !errors.As(err, &known) || known.Kind != kind || known.Message != "/path: "+number.Error() || known.Details["path"] != "/path" || !errors.Is(err, number) {
			t.Errorf("%d: %#v", number, err)
		}
		full := number == syscall.ENOSPC || number == syscall.EDQUOT
		if IsFull(wrapped) != full || (known.Details["reason"] == "disk_full") != full {
			t.Errorf("%d: a full disk? %v", number, known.Details)
		}
	}
}

func TestKindOfErrorsWithoutANumber(t *testing.T) {
	for _, c := range []struct {
		err    error
		kind   core.Kind
		number syscall.Errno
	}{
		{fs.ErrNotExist, core.KindPathNotFound, syscall.ENOENT},
		{fs.ErrPermission, core.KindPermissionDenied, syscall.EACCES},
		{fs.ErrExist, core.KindConflict, syscall.EEXIST},
		{errors.New("odd"), core.KindEngineError, 0},
		{&guard.Panic{Value: "boom"}, core.KindInternalError, 0},
		{core.Errorf(core.KindConnectionLost, "gone: %w", syscall.ENOENT), core.KindConnectionLost, 0},
		{&os.LinkError{Op: "rename", Old: "a", New: "b", Err: syscall.EISDIR}, core.KindConflict, syscall.EISDIR},
	} {
		err := fmt.Errorf("wrapped: %w", c.err)
		number, ok := Number(err)
		if kind := Kind(err); kind != c.kind || number != c.number || ok != (c.number != 0) || core.KindOf(At("/x", err)) != c.kind {
			t.Errorf("%v: %s, %d; want %s, %d", err, kind, number, c.kind, c.number)
		}
	}
	if At("/x", nil) != nil {
		t.Error("an error out of nothing")
	}
	for kind, err := range map[core.Kind]error{core.KindCancelled: context.Canceled, core.KindOperationTimeout: context.DeadlineExceeded} {
		if got := At("/x", fmt.Errorf("x: %w", err)); core.KindOf(got) != kind {
			t.Errorf("%v: %v", err, got)
		}
	}
}

// TestFolderInPlaceOfAFile: as the system says it.
func TestFolderInPlaceOfAFile(t *testing.T) {
	folder := t.TempDir()
	_, err := os.OpenFile(folder, os.O_WRONLY, 0)
	if kind := core.KindOf(At(folder, err)); kind != core.KindConflict {
		t.Errorf("%v is %s", err, kind)
	}
	_, err = os.Open(filepath.Join(folder, "nothing"))
	if !IsAbsent(err) || !IsAbsent(At(folder, err)) || IsAbsent(syscall.EACCES) {
		t.Errorf("%v", err)
	}
}

func TestNumbersOfLinux(t *testing.T) {
	for number, want := range map[int64]error{
		2: syscall.ENOENT, 13: syscall.EACCES, 20: syscall.ENOTDIR, 21: syscall.EISDIR, 28: syscall.ENOSPC, 30: syscall.EROFS,
		36: syscall.ENAMETOOLONG, 39: syscall.ENOTEMPTY, 40: syscall.ELOOP, 122: syscall.EDQUOT,
	} {
		if got := FromLinux(number); !errors.Is(got, want) {
			t.Errorf("%d: %v, want %v", number, got, want)
		}
	}
}
