package swarm

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
	"github.com/proboscis/ml_nexus_go/backends/swarm/reserve"
	"github.com/proboscis/ml_nexus_go/core"
)

// asked is what a run's options ask for.
type asked struct {
	reserve.Ask
	words []string // the options without --gpus
	gpus  []container.DeviceRequest

	detached, cidfile, reschedule bool
	interactive                   bool   // it reads input
	shares                        string // a container of whose node it is
}

// read reads what a run needs. It returns nil for what an engine refuses before it is asked for
// anything: the engine's error is the best one.
func (c *Client) read(ctx context.Context, req core.RunRequest) (*asked, error) {
	argv, err := req.Command.Words(req.Shell)
	if err != nil || req.Image == "" || req.Image[0] == '-' {
		return nil, nil
	}
	input := cliopts.Input{Options: req.Options, Environ: c.open.Environ.With(req.Environ), Config: c.config}
	run, err := cliopts.ParseRun(input, req.Image, argv)
	if err != nil || run.Name != "" && !nameIsValid(run.Name) {
		return nil, nil
	}
	a := &asked{Ask: reserve.Ask{Name: run.Name, NanoCPUs: run.Host.NanoCPUs, Memory: run.Host.Memory, Devices: map[string]int64{}}}
	if run.Name != "" {
		a.Unused = func(ctx context.Context) error { return c.unused(ctx, run.Name) }
	}
	a.Constraints, a.QueueTimeout = run.Placing.Constraints, run.Placing.QueueTimeout
	for kind, count := range run.Placing.Devices {
		if reserve.IsGPU(kind) {
			return nil, core.Errorf(core.KindInvalidArgument, "--generic-resource names %s: ask for GPUs by --gpus", kind)
		}
		a.Devices[kind] = count
	}
	if req.QueueTimeoutSeconds > 0 {
		a.QueueTimeout = time.Duration(req.QueueTimeoutSeconds * float64(time.Second))
	}
	a.interactive = run.Interactive || !req.StdinByOptions
	a.detached, a.cidfile, a.reschedule = run.Detach || req.Outlives, run.CIDFile != "", run.Placing.Reschedule || req.Reschedule
	for _, request := range run.Host.DeviceRequests {
		if request.Driver == "cdi" {
			continue // devices by --device, which the user names
		}
		if len(request.DeviceIDs) > 0 {
			return nil, core.Errorf(core.KindInvalidArgument, "--gpus names devices, and a fleet chooses them itself: say how many, or \"all\" of a node")
		}
		a.gpus = append(a.gpus, request)
		a.Devices[reserve.GPU] = int64(request.Count)
	}
	if len(a.gpus) > 1 {
		return nil, core.Errorf(core.KindInvalidArgument, "--gpus is given %d times: a fleet takes it once", len(a.gpus))
	}
	if a.words, err = ofOneEngine(req.Options); err != nil {
		return a, err
	}
	return a, c.beside(ctx, a, run.Host)
}

func nameIsValid(name string) bool {
	_, err := core.ContainerName(name)
	return err == nil
}

// ofOneEngine returns options as words that are read in the same way again, without those that
// choose a place.
func ofOneEngine(options []string) ([]string, error) {
	read, err := cliopts.Read(core.OptionsRequest{Command: "run", Options: options})
	if err != nil {
		return nil, err
	}
	words := []string{}
	flags := cliopts.RunFlags()
	for _, flag := range read.Flags {
		switch {
		case flag.Name == "gpus" || cliopts.IsPlacing(flag.Name):
		case flags.Lookup(flag.Name).Value.Type() == "bool":
			words = append(words, "--"+flag.Name+"="+flag.Value)
		default:
			words = append(words, "--"+flag.Name, flag.Value)
		}
	}
	return words, nil
}

// optionsAt returns the options of the run at its place.
func (a *asked) optionsAt(place *reserve.Place) []string { return a.optionsWith(place, gpusOf(place)) }

// optionsWith is optionsAt with some of the place's GPUs.
func (a *asked) optionsWith(place *reserve.Place, gpus []string) []string {
	words := append(slices.Clone(a.words), "--label", reserve.LabelReservation+"="+place.ID)
	words = append(words, otherDevices(place)...)
	if len(a.gpus) == 0 {
		return words
	}
	return append(words, "--gpus", gpusOption(a.gpus[0], gpus))
}

// gpusOf returns the names of the GPUs of a place.
func gpusOf(place *reserve.Place) []string {
	gpus := []string{}
	for kind, names := range place.Devices {
		if reserve.IsGPU(kind) {
			gpus = append(gpus, names...)
		}
	}
	slices.Sort(gpus)
	return gpus
}

// otherDevices gives a container the devices of its place that are no GPUs: their names in its
// environment, as Swarm does for its own containers, and those that are paths as devices.
func otherDevices(place *reserve.Place) (words []string) {
	for _, kind := range slices.Sorted(maps.Keys(place.Devices)) {
		if reserve.IsGPU(kind) {
			continue
		}
		names := slices.Sorted(slices.Values(place.Devices[kind]))
		words = append(words, "--env", "DOCKER_RESOURCE_"+strings.ToUpper(kind)+"="+strings.Join(names, ","))
		for _, name := range names {
			if strings.HasPrefix(name, "/dev/") {
				words = append(words, "--device", name)
			}
		}
	}
	return words
}

// gpusOption writes a value of --gpus, which is a line of CSV.
func gpusOption(request container.DeviceRequest, devices []string) string {
	fields := []string{`"device=` + strings.Join(devices, ",") + `"`}
	if request.Driver != "" {
		fields = append(fields, "driver="+request.Driver)
	}
	for _, capabilities := range request.Capabilities {
		if more := slices.DeleteFunc(slices.Clone(capabilities), func(c string) bool { return c == "gpu" }); len(more) > 0 {
			fields = append(fields, `"capabilities=`+strings.Join(more, ",")+`"`)
		}
	}
	var options []string
	for name, value := range request.Options {
		options = append(options, name+"="+value)
	}
	if len(options) > 0 {
		slices.Sort(options)
		fields = append(fields, `"options=`+strings.Join(options, ",")+`"`)
	}
	return strings.Join(fields, ",")
}

// own reports whether a container is none of the users'.
func own(labels map[string]string) bool { return labels[reserve.LabelPlaceholder] != "" }

// ownWords is own for labels as docker ps shows them.
func ownWords(labels string) bool {
	return slices.Contains(strings.Split(labels, ","), reserve.LabelPlaceholder+"=1")
}
