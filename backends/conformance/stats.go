package conformance

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
)

var statsTests = []test{
	{"stats of a container", testContainerStats},
	{"stats until a container stops", testStreamStats},
	{"stats of all: join and leave", testAllStats},
	{"stats of named ones, until they are removed", testNamedStats},
	{"stats of what is not there", testStatsBad},
}

func testContainerStats(t *testing.T, f *fixture) {
	name, o := f.runNamed(t, core.RunRequest{
		Image: busybox, Options: []string{"-d", "--memory=64m", "--cpus=0.2", "--network=none"},
		Shell: true, Command: core.Command{Text: "while :; do :; done"},
	}, nil)
	if o.err != nil {
		t.Fatal(o.err)
	}
	s, err := f.ContainerStats(t.Context(), core.ContainerRequest{Container: name})
	if err != nil {
		t.Fatal(err)
	}
	read, err := time.Parse(time.RFC3339Nano, s.Read)
	if err != nil || time.Since(read).Abs() > patience {
		t.Errorf("got %v, %v", read, err)
	}
	if s.ID != o.ContainerID || s.Name != name || s.PIDs != 1 || !strings.Contains(string(s.Raw), s.ID) {
		t.Errorf("got %+v", s)
	}
	if s.CPUPercent < 1 || s.CPUPercent > 35 { // of 20; a busy host gives less
		t.Errorf("got %g %%", s.CPUPercent)
	}
	if s.MemoryLimit != 64<<20 || s.Memory == 0 || s.Memory > s.MemoryLimit || s.MemoryPercent != float64(s.Memory)/(64<<20)*100 {
		t.Errorf("got %+v", s)
	}
}

// samples returns what gets the events, and the names of the containers that they are about.
func samples(ctx context.Context) (event func(any), names <-chan string) {
	came := make(chan string)
	return func(event any) {
		if s, is := event.(core.ContainerStats); is {
			select {
			case came <- s.Name:
			case <-ctx.Done():
			}
		}
	}, came
}

// awaitSample waits for a sample of one container.
func awaitSample(t *testing.T, names <-chan string, of string) {
	t.Helper()
	for late := time.Now().Add(patience); await(t, names, "a sample") != of; {
		if time.Now().After(late) {
			t.Fatalf("no sample of %s came within %s", of, patience)
		}
	}
}

func testStreamStats(t *testing.T, f *fixture) {
	name := f.sleeper(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	event, names := samples(ctx)
	stream := func(ctx context.Context) <-chan error {
		return goes(func() error { return f.StreamContainerStats(ctx, core.ContainerRequest{Container: name}, event) })
	}
	toItsEnd := stream(t.Context())
	cancelled := stream(ctx)
	awaitSample(t, names, name)
	awaitSample(t, names, name)
	cancel()
	wantKind(t, await(t, cancelled, "the end of what was cancelled"), core.KindCancelled)
	if err := f.Kill(t.Context(), core.KillRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	if err := await(t, toItsEnd, "the end with the container"); err != nil {
		t.Error(err)
	}
}

func testAllStats(t *testing.T, f *fixture) {
	label := "mlng-conf-stats=" + uuid.NewString()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	event, names := samples(ctx)
	first := f.sleeper(t, "--label", label)
	other := f.sleeper(t)
	ended := goes(func() error {
		return f.AllStats(ctx, core.StatsRequest{Filters: map[string][]string{"label": {label}}}, func(e any) {
			if s, is := e.(core.ContainerStats); is && s.Name == other {
				t.Errorf("%s passes the filter", other)
			}
			event(e)
		})
	})
	awaitSample(t, names, first)
	second := f.sleeper(t, "--label", label)
	awaitSample(t, names, second)
	if err := f.Kill(t.Context(), core.KillRequest{Container: first}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Wait(t.Context(), core.ContainerRequest{Container: first}); err != nil {
		t.Fatal(err)
	}
	awaitSample(t, names, second)
	if err := f.Start(t.Context(), core.ContainerRequest{Container: first}); err != nil {
		t.Fatal(err)
	}
	awaitSample(t, names, first)
	cancel()
	wantKind(t, await(t, ended, "the end of what was cancelled"), core.KindCancelled)
}

func testNamedStats(t *testing.T, f *fixture) {
	running, later := f.sleeper(t), f.name(t)
	made, err := f.Create(t.Context(), core.CreateContainerRequest{Image: busybox, Options: []string{"--name", later}, Command: core.Command{Text: "sleep 600"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	event, names := samples(t.Context())
	ended := goes(func() error {
		return f.AllStats(t.Context(), core.StatsRequest{Containers: []string{"/" + running, made.ID}}, event)
	})
	awaitSample(t, names, running)
	if err := f.Start(t.Context(), core.ContainerRequest{Container: later}); err != nil {
		t.Fatal(err)
	}
	awaitSample(t, names, later)
	for _, name := range []string{running, later} {
		if err := f.Remove(t.Context(), core.RemoveRequest{Container: name, Force: true}); err != nil {
			t.Fatal(err)
		}
	}
	for {
		select {
		case <-names:
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			return
		case <-time.After(patience):
			t.Fatal("it goes on without containers")
		}
	}
}

func testStatsBad(t *testing.T, f *fixture) {
	ended, o := f.runNamed(t, core.RunRequest{Image: busybox, Command: core.Command{Text: "true"}}, nil)
	if o.err != nil {
		t.Fatal(o.err)
	}
	both := []func(core.ContainerRequest) error{
		func(r core.ContainerRequest) error { _, err := f.ContainerStats(t.Context(), r); return err },
		func(r core.ContainerRequest) error { return f.StreamContainerStats(t.Context(), r, nil) },
	}
	for _, ask := range both {
		wantKind(t, ask(core.ContainerRequest{Container: ended}), core.KindContainerNotRunning)
		wantKind(t, ask(core.ContainerRequest{Container: f.name(t)}), core.KindContainerNotFound)
		wantKind(t, ask(core.ContainerRequest{Container: ""}), core.KindInvalidArgument)
	}
	all := func(req core.StatsRequest) error { return f.AllStats(t.Context(), req, nil) }
	wantKind(t, all(core.StatsRequest{Containers: []string{ended, f.name(t)}}), core.KindContainerNotFound)
	wantKind(t, all(core.StatsRequest{Containers: []string{ended, ".."}}), core.KindInvalidArgument)
	wantKind(t, all(core.StatsRequest{Filters: map[string][]string{"colour": {"red"}}}), core.KindInvalidArgument)
	wantKind(t, all(core.StatsRequest{Containers: []string{ended}, Filters: map[string][]string{"label": {"a"}}}), core.KindInvalidArgument)
}
