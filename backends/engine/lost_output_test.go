package engine

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// aheadWay is a way to an engine that reads ahead, as a connection over SSH does: what
// came before it was lost can still be read.
type aheadWay struct {
	socket string
	mark   []byte
	marked chan struct{} // closed when the mark has come
	mu     sync.Mutex
	open   []*aheadConn
}

// aheadConn is a connection of an aheadWay.
type aheadConn struct {
	net.Conn
	mu    sync.Mutex
	more  *sync.Cond
	ahead []byte
	err   error
}

func (l *aheadWay) dial(ctx context.Context) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", l.socket)
	if err != nil {
		return nil, err
	}
	c := &aheadConn{Conn: conn}
	c.more = sync.NewCond(&c.mu)
	guard.Go(func() { l.readAhead(c) }, nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, c)
	return c, nil
}

func (l *aheadWay) readAhead(c *aheadConn) {
	buf := make([]byte, 64<<10)
	var last []byte // what came, as far as a mark may begin in it
	for {
		n, err := c.Conn.Read(buf)
		last = append(last, buf[:n]...)
		c.end(buf[:n], err)
		if err != nil {
			return
		}
		l.mu.Lock()
		if l.mark != nil && bytes.Contains(last, l.mark) {
			l.mark = nil
			close(l.marked)
		}
		last = last[max(0, len(last)-len(l.mark)):]
		l.mu.Unlock()
	}
}

// end appends what came and, once, why no more comes.
func (c *aheadConn) end(data []byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.ahead, c.err = append(c.ahead, data...), err
	}
	c.more.Broadcast()
}

func (c *aheadConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.ahead) == 0 && c.err == nil {
		c.more.Wait()
	}
	if len(c.ahead) == 0 {
		return 0, c.err
	}
	n := copy(p, c.ahead)
	c.ahead = c.ahead[n:]
	return n, nil
}

// Close forgets what was not read, as for any connection.
func (c *aheadConn) Close() error {
	c.mu.Lock()
	c.ahead, c.err = nil, net.ErrClosed
	c.mu.Unlock()
	return c.Conn.Close()
}

func (c *aheadConn) CloseWrite() error { return c.Conn.(*net.UnixConn).CloseWrite() }

// lose ends all connections there are.
func (l *aheadWay) lose() {
	l.loseBy(core.Errorf(core.KindConnectionLost, "the connection was lost"))
}

// loseBy ends them, and gives their readers an error.
func (l *aheadWay) loseBy(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.open {
		c.end(nil, why)
		_ = c.Conn.Close()
	}
	l.open = nil
}

// onAheadWay opens an engine over a way that reports when a mark has arrived.
func onAheadWay(t *testing.T, part, mark string) (*Engine, *aheadWay) {
	t.Helper()
	on := bed.Load(t).Engine(t, part)
	l := &aheadWay{socket: on.Socket, mark: []byte(mark), marked: make(chan struct{})}
	e, err := New(Options{Target: on.Host, Dial: l.dial, Open: patient(on)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, l
}

func (l *aheadWay) await(t *testing.T) {
	t.Helper()
	select {
	case <-l.marked:
	case <-time.After(longest):
		t.Fatal("the output did not come")
	}
}

// TestLostExecGivesWhatArrived has an output that could be the beginning of an engine's
// message, and is held back until that is known.
func TestLostExecGivesWhatArrived(t *testing.T) {
	t.Parallel()
	e, way := onAheadWay(t, "engine-new", "OCI runtime")
	name := runFor(t, e, []string{"-d"}, "sleep", "600")
	guard.Go(func() { <-way.marked; way.lose() }, nil)
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	_, err := e.Exec(ctx, core.ExecRequest{Container: name, Shell: true, Command: core.Command{Text: `printf '\117CI runtime'; exec sleep 600`}}, core.Streams{Stdout: &out})
	if core.KindOf(err) != core.KindConnectionLost || out.String() != "OCI runtime" {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

// slow is a reader that takes nothing until it is let go.
type slow struct {
	bytes.Buffer
	reading, free chan struct{}
	once          sync.Once
}

func (s *slow) Write(p []byte) (int, error) {
	s.once.Do(func() { close(s.reading) })
	<-s.free
	return s.Buffer.Write(p)
}

// TestLostRunGivesWhatArrived has a run that cannot be read on, and a reader that is
// behind: the wait for the container's end tells of the loss first.
func TestLostRunGivesWhatArrived(t *testing.T) {
	t.Parallel()
	e, way := onAheadWay(t, "engine-new", "\nmark")
	name := "mlng-test-" + uuid.NewString()
	t.Cleanup(func() { removeNow(t, e, name) })
	input, write := io.Pipe()
	defer write.Close()
	out := &slow{reading: make(chan struct{}), free: make(chan struct{})}
	done := make(chan error, 1)
	guard.Go(func() {
		_, err := e.Run(t.Context(), core.RunRequest{
			Image: "mlng-busybox", Shell: true, Options: []string{"-i", "--name", name},
			Command: core.Command{Text: `head -c 200000 /dev/zero; printf '\nmar\153'; exec cat`},
		}, core.Streams{Stdin: input, Stdout: out})
		done <- err
	}, nil)
	<-out.reading
	way.await(t)
	way.lose()
	time.Sleep(50 * time.Millisecond) // lets the run learn of it; it may do so later as well
	close(out.free)
	err := <-done
	if core.KindOf(err) != core.KindConnectionLost || out.Len() != 200_005 {
		t.Errorf("got %d bytes, %v", out.Len(), err)
	}
}
