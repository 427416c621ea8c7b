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

// claim is the label by which a container is one that nobody needs after its program.
type claim struct{ label, value string }

var attachedRuns = claim{LabelAttached, "1"}

// orphanProof proves that containers were left behind. What it cannot find out counts as
// alive: the container of another version, of another machine, one whose image cannot be
// looked at. See liveness for what proves a program's end.
type orphanProof struct {
	engine *Engine
	of     claim
	images map[string]map[string]string // labels by image; nil where they are not known
}

func (p *orphanProof) holds(ctx context.Context, c container.Summary) (bool, error) {
	open := p.engine.opts.Open
	switch {
	case p.of == attachedRuns && !isRunning(c) && c.Labels[LabelRemove] != "1":
		return false, nil // it ended, and is to stay
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

// labelsAreOwn reports whether a container has its labels from its creation. What is made
// of a container by commit has its labels, and so has every container of that image. All of
// our labels are set together, one of them with a random text: where that one is the
// container's own, all are. The claim may be another label.
func labelsAreOwn(labels, carried map[string]string, of claim) bool {
	_, run := splitProcess(labels[LabelProcess])
	return run != "" && run == labels[LabelRun] && labels[LabelProcess] != carried[LabelProcess] &&
		(of == attachedRuns || labels[of.label] != carried[of.label])
}

// startedAgain reports whether a container that runs had ended before: whoever started it
// again may need it, with or without the program that made it.
func startedAgain(info container.InspectResponse) bool {
	if info.ContainerJSONBase == nil || info.State == nil {
		return true // nobody knows
	}
	if !info.State.Running {
		return false
	}
	finished, err := time.Parse(time.RFC3339Nano, info.State.FinishedAt)
	return err != nil || !finished.IsZero()
}

// imageLabels returns the labels of an image; nil where it cannot be looked at.
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

// look asks the engine, through lost connections. Where the engine answers that it cannot tell,
// known is false.
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

// ownerOf reads what a container's labels say of its program, to be shown. The user is -1
// where it is not known.
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
