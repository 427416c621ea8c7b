package ssh

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/conformance"
	"github.com/proboscis/ml_nexus_go/core"
)

// signalled is an input whose end is known to have been read.
type signalled struct {
	io.Reader
	once  sync.Once
	ended chan struct{}
}

func inputOf(size int) *signalled {
	return &signalled{Reader: strings.NewReader(strings.Repeat("x", size-1) + "\n"), ended: make(chan struct{})}
}

func (s *signalled) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err == io.EOF {
		s.once.Do(func() { close(s.ended) })
	}
	return n, err
}

// TestInputThatIsLost sends an input to its end while nothing arrives any more, and then loses
// the connection: what the container sees as its whole input lacks all of it.
func TestInputThatIsLost(t *testing.T) {
	script := core.Command{Argv: []string{"sh", "-c", "read x; echo got $x; sleep 600"}}
	for name, c := range map[string]struct {
		options []string
		attach  bool // to a container that runs already, and whose input stays open
	}{
		"run":      {options: []string{"-i"}},
		"terminal": {options: []string{"-i", "-t"}},
		"attached": {options: []string{"-i", "-d"}, attach: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, p, e := lostOn(t, nil)
			name, input := runName(t, e), inputOf(10)
			gate, open := io.Pipe()
			t.Cleanup(func() { _ = open.Close() })
			run := core.RunRequest{Image: "mlng-busybox", Command: script, Options: append(c.options, "--name", name)}
			if c.attach {
				if _, err := e.Run(t.Context(), run, core.Streams{}); err != nil {
					t.Fatal(err)
				}
			}
			r := startCounted(t, 0, func(ctx context.Context, s core.Streams) (core.CommandResult, error) {
				s.Stdin = io.MultiReader(gate, input)
				if c.attach {
					return client.Attach(ctx, core.AttachRequest{Container: name, Stdin: true}, s)
				}
				return client.Run(ctx, run, s)
			})
			<-r.started
			p.deafen()
			_ = open.Close()
			<-input.ended
			p.cut()
			p.hears()
			p.mend()
			r.wait()
			checkError(t, r.failure, core.KindConnectionLost, "of its 10 bytes")
			if detail(t, r.failure, "reason") != "input_lost" || detail(t, r.failure, "input_bytes") != int64(10) {
				t.Errorf("details of %#v", r.failure)
			}
			if running(t, e, name) != c.attach {
				t.Errorf("the container runs: %t", !c.attach)
			}
		})
	}
}

// TestRunGoesOnWhoseInputHasArrived: it is known once the engine has answered after the input's
// end. A large input may still wait on its way, which is a warning.
func TestRunGoesOnWhoseInputHasArrived(t *testing.T) {
	for size, warnings := range map[int]int{10: 0, 200_000: 1} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			t.Parallel()
			client, p, e := lostOn(t, nil)
			name, input := runName(t, e), inputOf(size)
			gate, open := io.Pipe()
			t.Cleanup(func() { _ = open.Close() })
			out := conformance.WatchFor("")
			c := startCounted(t, 0, func(ctx context.Context, s core.Streams) (result core.CommandResult, err error) {
				s.Stdin, s.Stdout = io.MultiReader(gate, input), out
				pprof.Do(ctx, pprof.Labels("run", name), func(ctx context.Context) {
					result, err = client.Run(ctx, core.RunRequest{
						Image: "mlng-busybox", Options: []string{"-i", "--name", name},
						Command: core.Command{Argv: []string{"sh", "-c", "n=$(wc -c); until [ -p /go ]; do usleep 1000; done; echo got $n"}},
					}, s)
				})
				return result, err
			})
			<-c.started
			confirming(t, name, true)
			_ = open.Close()
			confirming(t, name, false)
			p.cut()
			waitDown(t, client.host)
			p.mend()
			inside(t, e, name, "mkfifo /go")
			c.wait()
			if want := "got " + strconv.Itoa(size) + "\n"; c.failure != nil || out.String() != want || len(c.warnings) != warnings {
				t.Errorf("%v: got %q, warnings %q", c.failure, out.String(), c.warnings)
			}
		})
	}
}

// confirming waits until a goroutine of the run finds out whether the input has arrived, or until
// none does any more.
func confirming(t *testing.T, run string, want bool) {
	t.Helper()
	for end := time.Now().Add(longest); ; time.Sleep(10 * time.Millisecond) {
		var stacks bytes.Buffer
		if err := pprof.Lookup("goroutine").WriteTo(&stacks, 1); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, group := range strings.Split(stacks.String(), "\n\n") {
			found = found || strings.Contains(group, strconv.Quote(run)) && strings.Contains(group, "(*Input).Confirm.")
		}
		if found == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("found: %t, %s", found, &stacks)
		}
	}
}

// TestRunWithInputLosesOneAnswer: whatever is lost before the input is sent, the container sees all
// of it, or the run fails. An engine ends the container's input with an attachment whose answer
// was lost, and lets a second one say what it likes.
func TestRunWithInputLosesOneAnswer(t *testing.T) {
	requests := []string{"/containers/create", "/attach", "/wait", "POST .*/start"}
	bothSides(t, requests, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		name, idFile := runName(t, e), filepath.Join(t.TempDir(), "id")
		var out bytes.Buffer
		result, err := client.Run(t.Context(), core.RunRequest{
			Image: "mlng-busybox", Command: core.Command{Argv: []string{"cat"}}, Options: []string{"-i", "--rm", "--name", name, "--cidfile", idFile},
		}, core.Streams{Stdin: inputOf(10), Stdout: &out})
		lost.await(t, err)
		switch attached := request == "/wait" || strings.Contains(request, "start"); {
		case err != nil && attached:
			checkError(t, err, core.KindConnectionLost, "the rest cannot be sent")
		case err != nil || out.String() != "xxxxxxxxx\n":
			t.Errorf("the container saw %q, %v", out.String(), err)
		}
		if s, err := e.State(t.Context(), core.ContainerRequest{Container: name}); err != nil || s.Exists {
			t.Errorf("got %+v, %v", s, err)
		}
		if id, err := os.ReadFile(idFile); err != nil || string(id) != result.ContainerID {
			t.Errorf("the file has the ID %q of %q, %v", id, result.ContainerID, err)
		}
	})
}

// TestExecWithInputLosesOneAnswer: the process sees all of its input, or the exec fails.
func TestExecWithInputLosesOneAnswer(t *testing.T) {
	bothSides(t, []string{"POST .*/containers/.*/exec", "POST .*/exec/.*/start"}, func(t *testing.T, request string, answered bool) {
		client, lost, e := trapped(t, request, answered)
		var out bytes.Buffer
		_, err := client.Exec(t.Context(), core.ExecRequest{Container: box(t, e), Command: core.Command{Argv: []string{"cat"}}, Options: []string{"-i"}},
			core.Streams{Stdin: inputOf(10), Stdout: &out})
		lost.await(t, err)
		switch {
		case err != nil && answered && strings.Contains(request, "start"):
			checkError(t, err, core.KindConnectionLost, "lost")
		case err != nil || out.String() != "xxxxxxxxx\n":
			t.Errorf("the process saw %q, %v", out.String(), err)
		}
	})
}

// TestAttachLosesItsAnswer to a container whose input ends with it.
func TestAttachLosesItsAnswer(t *testing.T) {
	t.Parallel()
	client, lost, e := trapped(t, "/attach", true)
	name := runName(t, e)
	_, err := e.Create(t.Context(), core.CreateContainerRequest{Image: "mlng-busybox", Command: core.Command{Argv: []string{"cat"}}, Options: []string{"-i", "--name", name}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context(), core.ContainerRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	_, err = client.Attach(t.Context(), core.AttachRequest{Container: name, Stdin: true}, core.Streams{Stdin: inputOf(10)})
	lost.await(t, err)
	checkError(t, err, core.KindConnectionLost, "the end of its input")
	if detail(t, err, "reason") != "input_lost" {
		t.Errorf("details of %#v", err)
	}
}
