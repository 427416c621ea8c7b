// Package filterargs checks docker's filters, and adds those of docker's settings to a prune.
// It knows no connection. It imports core.
package filterargs

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/filters"
	timetypes "github.com/docker/docker/api/types/time"

	"github.com/proboscis/ml_nexus_go/core"
)

// OfContainers are the filters of the engine's list of containers.
var OfContainers = []string{
	"ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name", "network", "publish",
	"since", "status", "volume",
}

// Checked returns filters in the engine's form if all are among the known ones.
func Checked(given map[string][]string, known ...string) (filters.Args, error) {
	wanted := filters.NewArgs()
	for key, values := range given {
		if len(values) == 0 {
			return wanted, core.Errorf(core.KindInvalidArgument, "the filter %q has no value", key)
		}
		for _, value := range values {
			wanted.Add(key, value)
		}
	}
	return wanted, Check(wanted, known...)
}

// ForPrune returns the filters of a prune, with those of docker's settings. One there that
// is not known is an error: without it, too much would be removed.
func ForPrune(given map[string][]string, settings []string, known ...string) (filters.Args, error) {
	wanted, err := Checked(given, known...)
	if err != nil {
		return wanted, err
	}
	AddSettings(wanted, settings)
	if err := Check(wanted, known...); err != nil {
		return wanted, core.Errorf(core.KindInvalidArgument, "pruneFilters in docker's settings: %w", err)
	}
	return wanted, nil
}

// Check refuses, before anything is sent, filters that are not among the known ones,
// and values that they cannot have.
func Check(wanted filters.Args, known ...string) error {
	for _, key := range wanted.Keys() {
		if !slices.Contains(known, key) {
			return core.Errorf(core.KindInvalidArgument, "there is no filter %q here: it must be one of %s", key, strings.Join(known, ", "))
		}
		for _, value := range wanted.Get(key) {
			if err := checkFilter(key, value); err != nil {
				return err
			}
		}
	}
	if times := wanted.Get("until"); len(times) > 1 {
		return core.Errorf(core.KindInvalidArgument, "the filter until is given %d times: give it once", len(times))
	}
	return nil
}

func checkFilter(key, value string) error {
	switch key {
	case "label", "label!":
		if name, _, _ := strings.Cut(value, "="); name == "" {
			return core.Errorf(core.KindInvalidArgument, "%q is no label: it must be NAME or NAME=VALUE", value)
		}
	case "dangling":
		if value != "true" && value != "false" {
			return core.Errorf(core.KindInvalidArgument, "the filter %q must be true or false, not %q", key, value)
		}
	case "exited":
		if _, err := strconv.Atoi(value); err != nil {
			return core.Errorf(core.KindInvalidArgument, "the filter %q must be an exit code, not %q", key, value)
		}
	case "until":
		if _, err := timetypes.GetTimestamp(value, time.Now()); err != nil {
			return core.Errorf(core.KindInvalidArgument, "%q is neither a time nor an age (24h, for example): %w", value, err)
		}
	}
	return nil
}

// AddSettings adds the filters of docker's settings, except for those that the request
// contradicts. (Docker's CLI 28.5.2 drops any label among them.)
func AddSettings(wanted filters.Args, settings []string) {
	contradicted := map[string][]string{"label": wanted.Get("label!"), "label!": wanted.Get("label")}
	untilGiven := wanted.Contains("until")
	for _, filter := range settings {
		key, value, ok := strings.Cut(filter, "=")
		if !ok || key == "until" && untilGiven || slices.Contains(contradicted[key], value) {
			continue
		}
		wanted.Add(key, value)
	}
}

// HasLabels reports whether labels are those that the filters of a prune want.
func HasLabels(wanted filters.Args, labels map[string]string) bool {
	if !wanted.MatchKVList("label", labels) {
		return false
	}
	return !wanted.Contains("label!") || !wanted.MatchKVList("label!", labels)
}
