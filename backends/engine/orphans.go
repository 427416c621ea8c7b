package engine

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"

	"github.com/proboscis/ml_nexus_go/core"
)

func labelFilter(label, value string) filters.Args {
	if value != "" {
		label += "=" + value
	}
	return filters.NewArgs(filters.Arg("label", label))
}

// ListOrphans implements core.Containers. An orphan is the container of an attached
// run whose program, on this machine, does not live any more: it still runs, or it
// should have been removed (--rm). What runs with -d is meant to stay, and the life
// of a program on another machine cannot be seen from here.
func (e *Engine) ListOrphans(ctx context.Context) ([]core.Orphan, error) {
	ctx, end, err := e.begin(ctx, 0)
	if err != nil {
		return nil, e.fail(context.Background(), "list_orphans", err)
	}
	defer end()
	orphans, err := e.orphans(ctx)
	return orphans, e.fail(ctx, "list_orphans", err)
}

func (e *Engine) orphans(ctx context.Context) ([]core.Orphan, error) {
	all, err := e.api.ContainerList(ctx, container.ListOptions{All: true, Filters: labelFilter(LabelAttached, "1")})
	if err != nil {
		return nil, err
	}
	orphans := []core.Orphan{}
	for _, c := range all {
		running := c.State == container.StateRunning || c.State == container.StatePaused || c.State == container.StateRestarting
		remove := c.Labels[LabelRemove] == "1"
		pid, _ := strconv.Atoi(c.Labels[LabelPID])
		start, _ := strconv.ParseFloat(c.Labels[LabelStart], 64)
		if (!running && !remove) || c.Labels[LabelHost] != e.opts.Open.Owner.Host || processLives(pid, start) {
			continue
		}
		name := ""
		if len(c.Names) > 0 {
			name = strings.TrimPrefix(c.Names[0], "/")
		}
		orphans = append(orphans, core.Orphan{
			ContainerID: c.ID, Name: name, Image: c.Image, Running: running, Remove: remove, Created: float64(c.Created),
			Session: c.Labels[LabelSession], Owner: core.Owner{Host: c.Labels[LabelHost], PID: pid, Start: start},
		})
	}
	return orphans, nil
}

// Reap implements core.Containers.
func (e *Engine) Reap(ctx context.Context, req core.ReapRequest) ([]core.Orphan, error) {
	const op = "reap"
	ctx, end, err := e.begin(ctx, 0)
	if err != nil {
		return nil, e.fail(context.Background(), op, err)
	}
	defer end()
	orphans, err := e.orphans(ctx)
	if err != nil {
		return nil, e.fail(ctx, op, err)
	}
	reaped := []core.Orphan{}
	for _, o := range orphans {
		if time.Since(time.Unix(int64(o.Created), 0)).Seconds() < req.OlderThanSeconds {
			continue
		}
		if !req.DryRun {
			if err := e.reapOne(ctx, o); err != nil && !cerrdefs.IsNotFound(err) {
				return reaped, e.fail(ctx, op, err)
			}
		}
		reaped = append(reaped, o)
	}
	return reaped, nil
}

func (e *Engine) reapOne(ctx context.Context, o core.Orphan) error {
	if o.Remove {
		return e.removeFinished(ctx, o.ContainerID)
	}
	err := e.api.ContainerKill(ctx, o.ContainerID, "KILL")
	if cerrdefs.IsConflict(err) {
		return nil // it ended by itself
	}
	return err
}

// processLives tells whether a process of this machine with this number began at
// this time (Unix seconds). Numbers are used again, so the start counts too.
func processLives(pid int, start float64) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return !os.IsNotExist(err)
	}
	began, ok := processStart(string(stat))
	return !ok || start == 0 || (began-start < 2 && start-began < 2)
}

// processStart reads the 22nd field of /proc/PID/stat: clock ticks (100 a second for
// every Linux program) since the boot.
func processStart(stat string) (float64, bool) {
	_, rest, ok := strings.Cut(stat[max(0, strings.LastIndexByte(stat, ')')):], " ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 20 {
		return 0, false
	}
	ticks, err := strconv.ParseFloat(fields[19], 64)
	boot, bootErr := bootTime()
	return boot + ticks/100, err == nil && bootErr == nil
}

func bootTime() (float64, error) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, "btime "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, os.ErrNotExist
}
