package hostfiles

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// compareContent reads files of equal size on both sides, several at once.
func compareContent(ctx context.Context, source, have []Entry, concurrency int, equal func(e *Entry) (bool, error)) (func(source, have *Entry) bool, error) {
	pairs := sameSizes(source, have)
	same := make([]bool, len(pairs))
	byPath := make(map[string]*bool, len(pairs))
	for i, pair := range pairs {
		byPath[source[pair.Index].Path] = &same[i]
	}
	err := guard.Each(ctx, concurrency, len(pairs), func(i int) error {
		equal, err := equal(&source[pairs[i].Index])
		if err != nil && isFatal(err) {
			return err
		}
		same[i] = err == nil && equal // an unreadable file shows when it is sent
		return nil
	})
	return func(source, _ *Entry) bool {
		equal := byPath[source.Path]
		return equal != nil && *equal
	}, err
}

func sameSizes(source, have []Entry) (pairs []Pair) {
	i, j := 0, 0
	for i < len(source) && j < len(have) {
		switch order := ComparePaths(source[i].Path, have[j].Path); {
		case order < 0:
			i++
		case order > 0:
			j++
		default:
			if source[i].Type == File && have[j].Type == File && source[i].Size == have[j].Size {
				pairs = append(pairs, Pair{i, j})
			}
			i, j = i+1, j+1
		}
	}
	return pairs
}

// equalContent compares files that had the size of e: one with more bytes differs.
func equalContent(ctx context.Context, from, to Tree, e *Entry) (bool, error) {
	a, err := from.Open(ctx, e.Path)
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := to.Open(ctx, e.Path)
	if err != nil {
		return false, err
	}
	defer b.Close()
	here, err := checksum(ctx, a, e.Size+1)
	if err != nil {
		return false, err
	}
	there, err := checksum(ctx, b, e.Size+1)
	return here == there, err
}

// equalSum compares a file that had the size of e to the checksum in a list.
func equalSum(ctx context.Context, to Tree, e *Entry, l *Listing) (bool, error) {
	want := l.Sum(e.Path)
	file, err := to.Open(ctx, e.Path)
	if err != nil || want == nil {
		return false, err
	}
	defer file.Close()
	here, err := hashOf(ctx, l.Hash(), file, e.Size+1)
	return bytes.Equal(here, want), err
}

// checksum reads a file from its start, at most so many bytes: a file may grow faster than
// it is read.
func checksum(ctx context.Context, r io.ReaderAt, most int64) (string, error) {
	sum, err := hashOf(ctx, sha256.New(), r, most)
	return hex.EncodeToString(sum), err
}

func hashOf(ctx context.Context, sum hash.Hash, r io.ReaderAt, most int64) ([]byte, error) {
	buffer := make([]byte, chunkSize)
	for at := int64(0); ; {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		n, err := r.ReadAt(buffer[:min(chunkSize, most-at)], at)
		sum.Write(buffer[:n])
		at += int64(n)
		if errors.Is(err, io.EOF) || at == most {
			return sum.Sum(nil), nil
		}
		if err != nil {
			return nil, err
		}
	}
}
