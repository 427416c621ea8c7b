package hostfiles

import (
	"context"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// compareContent reads files of equal size on both sides, several at once.
func (t *transfer) compareContent(ctx context.Context, from, to Tree, source, have []Entry, concurrency int) (func(source, have *Entry) bool, error) {
	pairs := sameSizes(source, have)
	same := make([]bool, len(pairs))
	byPath := make(map[string]*bool, len(pairs))
	for i, pair := range pairs {
		byPath[source[pair.Index].Path] = &same[i]
	}
	err := guard.Each(ctx, concurrency, len(pairs), func(i int) error {
		e := &source[pairs[i].Index]
		equal, err := equalContent(ctx, from, to, e)
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
