package session

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// What engines said in runs of these suites, too seldom to wait for it.
func TestRetryLease(t *testing.T) {
	image := "sha256:" + strings.Repeat("4f", 32)
	for message, tries := range map[string]int{
		`lease does not exist`:                                              LeaseTries,
		`lease "moby-image-load-1": not found`:                              LeaseTries,
		`unable to find image "` + image + `"`:                              LeaseTries,
		`exporting to image: content digest ` + image + `: not found`:       LeaseTries,
		`pull access denied for x, repository does not exist`:               1,
		`failed to compute cache key: "/given": not found`:                  1,
		`failed to resolve source metadata for docker.io/library/x:1: none`: 1,
	} {
		made := 0
		do := func(failures int) error {
			made = 0
			return RetryLease(context.Background(), func(bool) error {
				if made++; made <= failures {
					return errors.New(message)
				}
				return nil
			})
		}
		err := do(LeaseTries)
		if reason, lost := core.KindOf(err) == core.KindEngineError, tries > 1; made != tries || reason != lost {
			t.Errorf("%s: tried %d times, then %v", message, made, err)
		}
		if err := do(1); (err == nil) != (tries > 1) {
			t.Errorf("%s: once: %v", message, err)
		}
	}
}
