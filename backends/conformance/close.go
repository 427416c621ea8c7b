package conformance

import (
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

var closeTests = []test{
	{"a closed client says so", testClosed},
	{"closing ends what is under way", testCloseEnds},
}

func testClosed(t *testing.T, f *fixture) {
	client := f.harness.Open(t)
	if _, err := client.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.Ping(t.Context())
	wantKind(t, err, core.KindClientClosed)
	_, err = client.List(t.Context())
	wantKind(t, err, core.KindClientClosed)
	_, err = client.Run(t.Context(), core.RunRequest{Image: busybox}, core.Streams{})
	wantKind(t, err, core.KindClientClosed)
	_, err = client.Exec(t.Context(), core.ExecRequest{Container: "x", Command: core.Command{Text: "true"}}, core.Streams{})
	wantKind(t, err, core.KindClientClosed)
}

func testCloseEnds(t *testing.T, f *fixture) {
	client, name := f.harness.Open(t), f.sleeper(t)
	waiting := goes(func() error { _, err := client.Wait(t.Context(), core.ContainerRequest{Container: name}); return err })
	out := WatchFor("ready")
	running := goes(func() error {
		_, err := client.Exec(t.Context(), core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: "echo ready; sleep 600"}}, core.Streams{Stdout: out})
		return err
	})
	out.Await(t)
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	wantKind(t, await(t, waiting, "the end of a wait"), core.KindClientClosed)
	wantKind(t, await(t, running, "the end of an exec"), core.KindClientClosed)
}
