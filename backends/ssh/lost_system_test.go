package ssh

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/engine"
	"github.com/proboscis/ml_nexus_go/core"
)

// noCache is a filter that no record of the build cache matches.
var noCache = map[string][]string{"id": {"^" + uuid.NewString() + "$"}}

// TestSystemCallsLoseOneAnswer cuts what is asked for again.
func TestSystemCallsLoseOneAnswer(t *testing.T) {
	tests := map[string]func(ctx context.Context, e *engine.Engine) error{
		"GET .*/system/df HTTP": func(ctx context.Context, e *engine.Engine) error {
			_, err := e.DiskUsage(ctx)
			return err
		},
		"GET .*/system/df.type=build-cache HTTP": func(ctx context.Context, e *engine.Engine) error {
			_, err := e.BuildCache(ctx)
			return err
		},
		"GET .*/system/df.type": func(ctx context.Context, e *engine.Engine) error {
			_, err := e.BuildCachePrune(ctx, core.BuildCachePruneRequest{Filters: noCache, DryRun: true})
			return err
		},
		"GET .*/images/json": func(ctx context.Context, e *engine.Engine) error {
			_, err := e.ImagesPrune(ctx, core.PruneImagesRequest{DryRun: true})
			return err
		},
	}
	var requests []string
	for request := range tests {
		requests = append(requests, request)
	}
	bothSides(t, requests, func(t *testing.T, request string, answered bool) {
		client, lost, _ := trapped(t, request, answered)
		err := tests[request](timeout(t), client)
		lost.await(t, err)
		if err != nil {
			t.Error(err)
		}
	})
}

// TestBuildCachePruneLosesOneAnswer: it is not sent twice, and that is said. (A request of
// which no byte has left is sent on another connection.)
func TestBuildCachePruneLosesOneAnswer(t *testing.T) {
	bothSides(t, []string{"POST .*/build/prune"}, func(t *testing.T, request string, answered bool) {
		client, lost, _ := trapped(t, request, answered)
		_, err := client.BuildCachePrune(timeout(t), core.BuildCachePruneRequest{Filters: noCache})
		lost.await(t, err)
		if !answered && err == nil {
			return
		}
		if core.KindOf(err) != core.KindConnectionLost || !strings.Contains(err.Error(), "not asked a second time") {
			t.Errorf("got %v", err)
		}
	})
}

// TestSystemPruneSaysWhatItRemoved loses an answer in the middle of a prune.
func TestSystemPruneSaysWhatItRemoved(t *testing.T) {
	t.Parallel()
	client, lost, e := trapped(t, "POST .*/networks/prune", true)
	label := "mlng-test=" + uuid.NewString()
	made, err := e.Create(t.Context(), core.CreateContainerRequest{Image: "mlng-busybox", Options: []string{"--label", label}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.SystemPrune(timeout(t), core.SystemPruneRequest{Filters: map[string][]string{"label": {label}}})
	lost.await(t, err)
	var known *core.Error
	if !errors.As(err, &known) || known.Kind != core.KindConnectionLost || !strings.Contains(known.Message, "removed before: containers (1)") {
		t.Fatalf("got %v", err)
	}
	pruned, is := known.Details["pruned"].(core.SystemPruneResult)
	if !is || !slices.Equal(pruned.Containers.Deleted, []string{made.ID}) {
		t.Errorf("got %+v", known.Details)
	}
}
