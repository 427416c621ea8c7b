package conformance

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

func testPruneContainers(t *testing.T, f *fixture) {
	label := "mlng-conf-prune=" + uuid.NewString()
	made := func(command string, more ...string) string {
		options := append([]string{"-d", "--label", label}, more...)
		_, o := f.runNamed(t, core.RunRequest{Image: busybox, Options: options, Shell: true, Command: core.Command{Text: command}}, nil)
		if o.err != nil {
			t.Fatal(o.err)
		}
		return o.ContainerID
	}
	ended, kept, running := made("echo 12345 >/file"), made("true", "--label", "mlng-conf-keep"), made("sleep 600")
	for _, id := range []string{ended, kept} {
		if _, err := f.Wait(t.Context(), core.ContainerRequest{Container: id}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		filters map[string][]string
		want    []string
	}{
		{map[string][]string{"label": {label}, "until": {"24h"}}, nil},
		{map[string][]string{"label": {label}, "until": {"2100-01-01T00:00:00Z"}}, []string{ended, kept}},
		{map[string][]string{"label": {label, "mlng-conf-keep"}}, []string{kept}},
		{map[string][]string{"label": {label}, "label!": {"mlng-conf-keep"}}, []string{ended}},
	} {
		told := f.prune(t, core.PruneContainersRequest{Filters: c.filters, DryRun: true})
		if slices.Sort(told.Deleted); !slices.Equal(told.Deleted, slices.Sorted(slices.Values(c.want))) {
			t.Errorf("%v: got %v; want %v", c.filters, told.Deleted, c.want)
		}
	}
	filters := map[string][]string{"label": {label}, "label!": {"mlng-conf-keep"}}
	told := f.prune(t, core.PruneContainersRequest{Filters: filters, DryRun: true})
	pruned := f.prune(t, core.PruneContainersRequest{Filters: filters})
	if !slices.Equal(pruned.Deleted, []string{ended}) || pruned.Reclaimed == 0 || pruned.Reclaimed != told.Reclaimed {
		t.Errorf("got %+v, and was told %+v", pruned, told)
	}
	if f.state(t, ended).Exists || !f.state(t, kept).Exists || !f.state(t, running).Exists {
		t.Error("others were removed")
	}
	for _, wrong := range []map[string][]string{
		{"name": {"box"}}, {"label": {"=x"}}, {"label": {}}, {"until": {"tomorrow"}}, {"until": {"1h", "2h"}},
	} {
		for _, dry := range []bool{true, false} {
			_, err := f.ContainersPrune(t.Context(), core.PruneContainersRequest{Filters: wrong, DryRun: dry})
			wantKind(t, err, core.KindInvalidArgument)
		}
	}
}

func (f *fixture) prune(t *testing.T, req core.PruneContainersRequest) core.PruneContainersResult {
	t.Helper()
	result, err := f.ContainersPrune(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// testPrunesWait: an engine prunes for one at a time, and refuses others.
func testPrunesWait(t *testing.T, f *fixture) {
	none := map[string][]string{"label": {"mlng-conf-prune=" + uuid.NewString()}}
	var prunes guard.Group
	for range 8 {
		prunes.Run(func() error {
			_, err := f.ContainersPrune(t.Context(), core.PruneContainersRequest{Filters: none})
			return err
		})
		prunes.Run(func() error {
			_, err := f.NetworksPrune(t.Context(), core.NetworksPruneRequest{Filters: none})
			return err
		})
		prunes.Run(func() error {
			_, err := f.VolumesPrune(t.Context(), core.VolumesPruneRequest{Filters: none, All: true})
			return err
		})
	}
	if err := prunes.Wait(); err != nil {
		t.Error(err)
	}
}

func testPorts(t *testing.T, f *fixture) {
	name := f.sleeper(t, "-p", "127.0.0.1::80", "-p", "127.0.0.1::53/udp", "--expose", "9000")
	ports, err := f.ContainerPorts(t.Context(), core.ContainerRequest{Container: name})
	if err != nil || len(ports) != 3 {
		t.Fatalf("got %+v, %v", ports, err)
	}
	if p := ports[0]; p.Port != 53 || p.Protocol != "udp" || p.HostIP != "127.0.0.1" || p.HostPort == 0 {
		t.Errorf("got %+v", p)
	}
	if p := ports[1]; p.Port != 80 || p.Protocol != "tcp" || p.HostIP != "127.0.0.1" || p.HostPort == 0 {
		t.Errorf("got %+v", p)
	}
	if want := (core.ContainerPort{Port: 9000, Protocol: "tcp"}); ports[2] != want {
		t.Errorf("got %+v", ports[2])
	}
	_, err = f.ContainerPorts(t.Context(), core.ContainerRequest{Container: f.name(t)})
	wantKind(t, err, core.KindContainerNotFound)
}
