package engine

import (
	"context"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"github.com/proboscis/ml_nexus_go/backends/engine/session"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/liveness"
)

// claim is the label that says that nobody needs a container after its program.
type claim struct{ label, value string }

var attachedRuns = claim{LabelAttached, "1"}

// orphanProof proves that containers were left behind. When in doubt, a container counts as
// in use: one of another version or another machine, or one whose image cannot be inspected.
// See liveness for what proves a program's end.
type orphanProof struct {
	engine *Engine
	of     claim
	images map[string]map[string]string // labels by image; nil if they are unknown
}

func (p *orphanProof) holds(ctx context.Context, c container.Summary) (bool, error) {
	open := p.engine.opts.Open
	switch {
	case p.of == attachedRuns && !isRunning(c) && c.Labels[LabelRemove] != "1":
		return false, nil // it has ended and was not run with --rm
	case c.Labels[LabelSession] == open.Session, c.Labels[LabelHost] != open.Owner.Host:
		return false, nil
	case !liveness.Gone(processOf(c.Labels)):
		return false, nil
	}
	info, known, err := look(ctx, p.engine, func(ctx context.Context) (container.InspectResponse, error) {
		return p.engine.api.ContainerInspect(ctx, c.ID)
	})
	if err != nil || !known || startedAgain(info) {
		return false, err
	}
	carried, err := p.imageLabels(ctx, info.Image)
	return carried != nil && labelsAreOwn(c.Labels, carried, p.of), err
}

// labelsAreOwn reports whether a container got its labels at its creation. An image that
// commit makes from a container has its labels, and so does every container of that image.
// Our labels are all set together, one of them with a random text: if that one is the
// container's own, all are. The claim may be another label.
func labelsAreOwn(labels, carried map[string]string, of claim) bool {
	_, run := splitProcess(labels[LabelProcess])
	return run != "" && run == labels[LabelRun] && labels[LabelProcess] != carried[LabelProcess] &&
		(of == attachedRuns || labels[of.label] != carried[of.label])
}

// startedAgain reports whether a running container had ended before: whoever started it
// again may need it, even without the program that made it.
func startedAgain(info container.InspectResponse) bool {
	if info.ContainerJSONBase == nil || info.State == nil {
		return true // unknown
	}
	if !info.State.Running {
		return false
	}
	finished, err := time.Parse(time.RFC3339Nano, info.State.FinishedAt)
	return err != nil || !finished.IsZero()
}

// imageLabels returns the labels of an image; nil if it cannot be inspected.
func (p *orphanProof) imageLabels(ctx context.Context, id string) (map[string]string, error) {
	if labels, done := p.images[id]; done {
		return labels, nil
	}
	info, known, err := look(ctx, p.engine, func(ctx context.Context) (image.InspectResponse, error) {
		return p.engine.api.ImageInspect(ctx, id)
	})
	if err != nil {
		return nil, err
	}
	var labels map[string]string
	if known {
		labels = map[string]string{}
		if info.Config != nil {
			maps.Copy(labels, info.Config.Labels)
		}
	}
	p.images[id] = labels
	return labels, nil
}

// look asks the engine, through lost connections. If the engine answers with an error, known
// is false.
func look[T any](ctx context.Context, e *Engine, ask func(ctx context.Context) (T, error)) (answer T, known bool, err error) {
	err = e.session.Retry(ctx, func(ctx context.Context) (err error) {
		answer, err = ask(ctx)
		return err
	})
	if err != nil && ctx.Err() == nil && !session.EngineLost(err) {
		return answer, false, nil
	}
	return answer, err == nil, err
}

func processOf(labels map[string]string) string {
	process, _ := splitProcess(labels[LabelProcess])
	return process
}

func splitProcess(label string) (process, run string) {
	cut := strings.LastIndexByte(label, '/')
	if cut < 0 {
		return "", ""
	}
	return label[:cut], label[cut+1:]
}

// ownerOf reads what a container's labels say about its program, for display. The user is -1
// if it is unknown.
func ownerOf(labels map[string]string) (owner core.Owner, uid int) {
	uid = -1
	if process, ok := liveness.Parse(processOf(labels)); ok {
		uid = process.UID
	}
	owner.Host = labels[LabelHost]
	owner.PID, _ = strconv.Atoi(labels[LabelPID])
	owner.Start, _ = strconv.ParseFloat(labels[LabelStart], 64)
	return owner, uid
}
