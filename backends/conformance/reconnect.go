package conformance

import (
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// whileDown is how long it is watched that no call ends while there is no connection.
const whileDown = time.Second

// RunNewCallsWait cuts the connection of a client that has been connected, begins calls of
// every kind, those that must not happen twice among them, and mends it: each call is done. What
// is sent over the old connection might have arrived: cut returns when the client knows.
func RunNewCallsWait(t *testing.T, client core.DockerClient, cut, mend func()) {
	f := &fixture{DockerClient: client}
	box, renamed, killed := f.sleeper(t), f.sleeper(t), f.sleeper(t)
	newName, inBox := f.name(t), core.Command{Argv: []string{"echo", "done"}}
	calls := map[string]func() error{
		"list": func() error { _, err := f.List(t.Context()); return err },
		"exec": func() error {
			_, err := f.Exec(t.Context(), core.ExecRequest{Container: box, Command: inBox}, core.Streams{})
			return err
		},
		"run": func() error {
			_, err := f.Run(t.Context(), core.RunRequest{Image: busybox, Options: []string{"--rm"}, Command: inBox}, core.Streams{})
			return err
		},
		"rename": func() error {
			return f.Rename(t.Context(), core.RenameRequest{Container: renamed, Name: newName})
		},
		"kill": func() error { return f.Kill(t.Context(), core.KillRequest{Container: killed, Signal: "TERM"}) },
	}
	cut()
	type end struct {
		call string
		err  error
	}
	ends := make(chan end, len(calls))
	for name, call := range calls {
		guard.Go(func() { ends <- end{name, call()} }, func(p *guard.Panic) { ends <- end{name, p} })
	}
	left := len(calls)
	for watched := time.After(whileDown); watched != nil; {
		select {
		case early := <-ends:
			t.Errorf("%s ended while there was no connection: %v", early.call, early.err)
			left--
		case <-watched:
			watched = nil
		}
	}
	mend()
	for range left {
		if last := await(t, ends, "the end of a call"); last.err != nil {
			t.Errorf("%s: %v", last.call, last.err)
		}
	}
}
