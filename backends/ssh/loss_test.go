package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/conformance"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// behindProxy returns a connection whose wire the test can hurt.
func behindProxy(t *testing.T, change func(*sshconn.Options)) (*Host, *proxy) {
	t.Helper()
	state := bed.Load(t)
	part := state.SSHD(t, "sshd")
	p := newProxy(t, state, part.Port)
	opts := options(t, part, "mlng", state.Engine(t, "engine-new").Socket)
	opts.SSH.ConfigFile = writeConfig(t, configFor(part, "mlng", "HostKeyAlias [127.0.0.1]:"+strconv.Itoa(part.Port), "Port "+strconv.Itoa(p.port)))
	if change != nil {
		change(&opts)
	}
	return connection(t, opts), p
}

// waitFor waits for a state.
func waitFor(t *testing.T, c *Host, want sshconn.State) sshconn.Status {
	t.Helper()
	ctx := timeout(t)
	for {
		status, changed := c.Status()
		if status.State == want {
			return status
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("state is %s, want %s", status.State, want)
		}
	}
}

// waitDown waits until the loss of the connection was noticed.
func waitDown(t *testing.T, c *Host) {
	t.Helper()
	ctx := timeout(t)
	for {
		status, changed := c.Status()
		if status.State != sshconn.StateUp {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatal("the connection is still up")
		}
	}
}

func TestCutIsConnectionLost(t *testing.T) {
	t.Parallel()
	c, p := behindProxy(t, nil)
	conn, err := c.DialEngine(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	pingEngine(t, conn)
	p.cut()
	_, err = conn.Read(make([]byte, 1))
	checkError(t, err, core.KindConnectionLost, "mlng")
	if _, err := conn.Write([]byte("x")); core.KindOf(err) != core.KindConnectionLost {
		t.Errorf("write: %v", err)
	}
	if status := waitFor(t, c, sshconn.StateLost); core.KindOf(status.Err) != core.KindConnectionLost {
		t.Errorf("status %+v", status)
	}
	// Everybody who dials now waits for the same new connection.
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			conn, err := c.DialEngine(timeout(t))
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			pingEngine(t, conn)
		})
	}
	waitFor(t, c, sshconn.StateConnecting)
	p.mend()
	wg.Wait()
	if status, _ := c.Status(); status.Epoch != 2 || status.State != sshconn.StateUp {
		t.Errorf("status %+v, want the second connection", status)
	}
}

func TestReconnectTimeout(t *testing.T) {
	t.Parallel()
	c, p := behindProxy(t, func(o *sshconn.Options) { o.ReconnectTimeout = 500 * time.Millisecond })
	conn, err := c.DialEngine(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p.cut()
	waitFor(t, c, sshconn.StateLost)
	started := time.Now()
	_, err = c.DialEngine(timeout(t))
	checkError(t, err, core.KindEngineUnreachable, "refuses")
	if took := time.Since(started); took > 50*time.Second { // of the default of 60 s
		t.Errorf("took %v", took)
	}
	p.mend()
	again, err := c.DialEngine(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}

func TestCancelWhileDisconnected(t *testing.T) {
	t.Parallel()
	c, p := behindProxy(t, func(o *sshconn.Options) { o.ReconnectTimeout = time.Hour })
	conn, err := c.DialEngine(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p.cut()
	waitFor(t, c, sshconn.StateLost)
	ctx, cancel := context.WithCancel(timeout(t))
	failed := make(chan error, 1)
	guard.Go(func() {
		_, err := c.DialEngine(ctx)
		failed <- err
	}, nil)
	waitFor(t, c, sshconn.StateConnecting)
	started := time.Now()
	cancel()
	checkError(t, <-failed, core.KindCancelled)
	if took := time.Since(started); took > time.Minute {
		t.Errorf("took %v", took)
	}
	waitFor(t, c, sshconn.StateLost)
}

func TestBlackHoleIsNoticed(t *testing.T) {
	t.Parallel()
	// A busy machine gets several tries: the time in which it was noticed shows that it was not
	// the default of 15 s.
	var took time.Duration
	for range 8 {
		if took = blackHoleNoticed(t, 3); took < 12*time.Second {
			break
		}
	}
	if took >= 12*time.Second || took < time.Second {
		t.Errorf("noticed after %v", took)
	}
}

// blackHoleNoticed returns how long it takes until a host counts as dead that never answers again.
func blackHoleNoticed(t *testing.T, deadPeer float64) time.Duration {
	t.Helper()
	c, p := behindProxy(t, func(o *sshconn.Options) { o.SSH.DeadPeerSeconds = deadPeer })
	conn, err := c.DialEngine(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	started := time.Now()
	p.poison("timeout", map[string]any{"timeout": 0})
	_, err = conn.Read(make([]byte, 1))
	checkError(t, err, core.KindConnectionLost, "has not answered")
	return time.Since(started)
}

func TestQuietConnectionStays(t *testing.T) {
	t.Parallel()
	var err error
	for limit := 6; limit <= 48; limit *= 2 { // seconds, until a busy machine answers within it
		if err = staysQuietly(t, limit); err == nil {
			return
		}
	}
	t.Error(err)
}

// staysQuietly returns the error if a connection is lost that is quiet for much longer than its
// host may be silent, and whose answers take almost two seconds.
func staysQuietly(t *testing.T, deadPeer int) error {
	t.Helper()
	c, p := behindProxy(t, func(o *sshconn.Options) { o.SSH.DeadPeerSeconds = float64(deadPeer) })
	conn, err := c.DialEngine(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p.poison("latency", map[string]any{"latency": 800, "jitter": 100}) // in each direction
	if err := conn.SetReadDeadline(time.Now().Add(time.Duration(deadPeer) * 5 / 2 * time.Second)); err != nil {
		return err
	}
	if _, err := conn.Read(make([]byte, 1)); !isTimeout(err) {
		return fmt.Errorf("read: %w", err)
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	return askEngine(conn)
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

func TestHalfClose(t *testing.T) {
	t.Parallel()
	c, _ := behindProxy(t, nil)
	conn, err := c.DialEngine(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the end of a stream is no error: %v", err)
	}
}

func TestCloseUnblocksRead(t *testing.T) {
	t.Parallel()
	c, _ := behindProxy(t, nil)
	conn, err := c.DialEngine(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	guard.Go(func() {
		_, err := conn.Read(make([]byte, 1))
		failed <- err
	}, nil)
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err == nil {
		t.Error("read gave no error")
	}
}

func TestDialsSurviveCuts(t *testing.T) {
	t.Parallel()
	c, p := behindProxy(t, nil)
	for range 5 {
		conn, err := c.DialEngine(timeout(t))
		if err != nil {
			t.Fatal(err)
		}
		pingEngine(t, conn)
		p.cut()
		p.mend()
		_, err = conn.Read(make([]byte, 1))
		checkError(t, err, core.KindConnectionLost)
		_ = conn.Close()
	}
}

func TestNewCallsWaitForALostConnection(t *testing.T) {
	for _, on := range bed.Engines(t) {
		t.Run(on.Name, func(t *testing.T) {
			t.Parallel()
			state := bed.Load(t)
			client, p := clientBehind(t, state, state.SSHD(t, "sshd").Port, on, nil)
			conformance.RunNewCallsWait(t, client, func() { p.cut(); waitDown(t, client.host) }, p.mend)
		})
	}
}

// Every caller waits for the reconnect timeout, whoever else has given up before.
func TestEachCallWaitsForALostConnection(t *testing.T) {
	t.Parallel()
	c, p := behindProxy(t, func(o *sshconn.Options) { o.ReconnectTimeout = time.Second })
	conn, err := c.DialEngine(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p.cut()
	waitFor(t, c, sshconn.StateLost) // until the client knows, it hands out streams that it opened ahead
	for range 2 {
		started := time.Now()
		_, err = c.DialEngine(timeout(t))
		checkError(t, err, core.KindEngineUnreachable, "refuses")
		if took := time.Since(started); took < 500*time.Millisecond {
			t.Errorf("failed after %v", took)
		}
	}
}
