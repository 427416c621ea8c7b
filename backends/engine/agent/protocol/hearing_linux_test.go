package protocol

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// TestAgentEndsWithoutAClient whose connection stays open, as an engine that was restarted keeps
// it: the agent leaves no incomplete file, although nobody takes its answers.
func TestAgentEndsWithoutAClient(t *testing.T) {
	dir := t.TempDir()
	temp := hostfiles.TempName("f")
	if err := os.WriteFile(filepath.Join(dir, temp), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		fromClient, toAgent := io.Pipe()
		fromAgent, toClient := io.Pipe()
		ended := make(chan error, 1)
		guard.Go(func() { ended <- Serve(context.Background(), dir, time.Second, fromClient, toClient) }, nil)
		client, answers := frameWriter{w: toAgent}, bufio.NewReader(fromAgent)
		hear := func(want byte) {
			if f, err := readFrame(answers); err != nil || f.kind != want {
				t.Fatalf("got %d, %v; want %d", f.kind, err, want)
			}
		}
		send := func(kind byte, payload fields) {
			if err := client.send(kind, 1, payload); err != nil {
				t.Fatal(err)
			}
		}
		hear(frameHello)
		send(frameRequest, request(opHold, temp))
		hear(frameReply)
		for began := time.Now(); time.Since(began) < 5*silence; time.Sleep(pulse) {
			send(frameBeat, nil)
		}
		if len(ended) > 0 {
			t.Fatal("it has ended although its client says that it is there")
		}
		send(frameRequest, request(opLstat, temp)) // and takes no answer
		time.Sleep(2*silence + unheard)
		synctest.Wait()
		if len(ended) != 1 || <-ended != nil {
			t.Error("it has not ended")
		}
		_ = fromAgent.Close()
		_ = toAgent.Close()
	})
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// TestClientSaysThatItIsThere for as long as the stream is open.
func TestClientSaysThatItIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fromClient, toAgent := io.Pipe()
		fromAgent, toClient := io.Pipe()
		NewClient(fromAgent, toAgent)
		began := time.Now()
		for range 10 {
			if f, err := readFrame(fromClient); err != nil || f.kind != frameBeat {
				t.Fatalf("got %d, %v", f.kind, err)
			}
		}
		if passed := time.Since(began); passed > silence*10/4 {
			t.Errorf("ten came in %v", passed)
		}
		_ = toClient.Close() // nobody reads the next one: it is not sent
		_ = fromClient.Close()
	})
}
