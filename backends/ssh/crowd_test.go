package ssh

import (
	"context"
	"fmt"
	"net/http/httptrace"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestManyHosts has 50 clients to five sshds, and 1,000 operations in flight.
func TestManyHosts(t *testing.T) {
	const hosts, clients, waits = 5, 50, 20
	state := bed.Load(t)
	on := state.Engine(t, "engine-new")
	e := direct(t, on)
	name := box(t, e)
	before := settled()
	var sshds []*ownSSHD
	for range hosts {
		sshds = append(sshds, newSSHD(t, state.SSHD(t, "sshd")))
	}
	var open []*Client
	for i := range clients {
		open = append(open, openClient(t, writeConfig(t, sshds[i%hosts].configured("mlng")), on.Socket, nil))
	}
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	var connected sync.WaitGroup
	for _, client := range open {
		connected.Go(func() {
			if _, err := client.Ping(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	connected.Wait()
	var wg sync.WaitGroup
	var failed atomic.Int64
	underWay := make(chan struct{}, clients*waits)
	for _, client := range open {
		for range waits {
			wg.Go(func() {
				if _, err := client.Wait(onceAnswered(ctx, underWay), core.ContainerRequest{Container: name}); err != nil {
					failed.Add(1)
					t.Log(err)
				}
			})
		}
		// What is asked meanwhile gets its answer beside them.
		wg.Go(func() {
			if _, err := client.Inspect(ctx, core.ContainerRequest{Container: name}); err != nil {
				t.Error(err)
			}
		})
	}
	for n := range clients * waits {
		select {
		case <-underWay:
		case <-ctx.Done():
			t.Fatalf("%d operations are under way", n)
		}
	}
	during := settled()
	if err := e.Kill(ctx, core.KillRequest{Container: name}); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if n := failed.Load(); n > 0 {
		t.Errorf("%d of %d operations failed", n, clients*waits)
	}
	const most = 200 << 10 // bytes for each operation, connections included
	if used := int64(during) - int64(before); used > clients*waits*most {
		t.Errorf("%d MB for %d operations", used>>20, clients*waits)
	}
	t.Logf("%d kB for each operation in flight", (int64(during)-int64(before))/(clients*waits)>>10)
}

// onceAnswered notes when the engine has begun to answer a request: the answer to a wait
// begins at once and ends with the container.
func onceAnswered(ctx context.Context, begun chan<- struct{}) context.Context {
	var once sync.Once
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotFirstResponseByte: func() { once.Do(func() { begun <- struct{}{} }) },
	})
}

func settled() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// TestSessionsAreNeverTooMany has much more to do at once than an sshd's MaxSessions
// allows, over dial-stdio, where each stream needs a session.
func TestSessionsAreNeverTooMany(t *testing.T) {
	t.Parallel()
	state := bed.Load(t)
	on := state.Engine(t, "engine-new")
	e := direct(t, on)
	name := box(t, e)
	server := newSSHD(t, state.SSHD(t, "sshd"), "AllowStreamLocalForwarding no")
	client := openClient(t, writeConfig(t, server.configured("mlng")), on.Socket, nil)
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			var out strings.Builder
			text := fmt.Sprintf("%d-%s", i, uuid.NewString())
			_, err := client.Exec(ctx, core.ExecRequest{Container: name, Command: core.Command{Argv: []string{"echo", text}}}, core.Streams{Stdout: &out})
			if err != nil || out.String() != text+"\n" {
				t.Errorf("got %q, %v", out.String(), err)
			}
		})
	}
	wg.Wait()
	if log := server.logged(); strings.Contains(log, "no more sessions") {
		t.Error("the sshd was asked for more sessions than it allows")
	}
}
