package sshconn

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

func refuse(_ ssh.Conn, o ssh.NewChannel) { _ = o.Reject(ssh.Prohibited, "not here") }

// longest bounds what should take a moment, so that a hanging test says where.
const longest = 4 * time.Minute

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	t.Cleanup(cancel)
	return ctx
}

// TestCallersShareALogin: also those who come while it is being made, and after a loss.
func TestCallersShareALogin(t *testing.T) {
	s := newServer(t, refuse)
	c := s.connection(t)
	ctx := within(t)
	for epoch := 1; epoch <= 3; epoch++ {
		var callers sync.WaitGroup
		var logins sync.Map
		for range 50 {
			callers.Go(func() {
				l, err := c.Use(ctx)
				if err != nil {
					t.Error(err)
				}
				logins.Store(l, true)
			})
		}
		callers.Wait()
		status, _ := c.Status()
		if s.count() != epoch || status.Epoch != epoch || status.State != StateUp {
			t.Fatalf("%d logins, status %+v", s.count(), status)
		}
		logins.Range(func(l, _ any) bool {
			s.cut()
			<-l.(*Login).dropped
			return true
		})
	}
}

// TestARefusedChannelIsNoLoss: the connection goes on.
func TestARefusedChannelIsNoLoss(t *testing.T) {
	c := newServer(t, refuse).connection(t)
	l, err := c.Use(within(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.OpenSocket(within(t), "/socket"); !IsRejected(err) {
		t.Errorf("%v", err)
	}
	if _, err := c.Command(within(t), "true"); core.KindOf(err) != core.KindEngineUnreachable {
		t.Errorf("%v", err)
	}
	if l.Dropped() {
		t.Error("the connection has dropped")
	}
}

// limited runs commands that end at once, no more than most of them at the same time in one login.
type limited struct {
	most   int32
	served atomic.Int32
	logins sync.Map // the *atomic.Int32 that counts the sessions of each
}

func (s *limited) session(login ssh.Conn, o ssh.NewChannel) {
	counted, _ := s.logins.LoadOrStore(login, &atomic.Int32{})
	open := counted.(*atomic.Int32)
	if open.Add(1) > s.most {
		open.Add(-1)
		_ = o.Reject(ssh.ResourceShortage, "no more sessions")
		return
	}
	ch, requests, err := o.Accept()
	if err != nil {
		return
	}
	guard.Go(func() {
		for r := range requests {
			_ = r.Reply(r.Type == "exec", nil)
			if r.Type == "exec" {
				_, _ = ch.Write([]byte("done"))
				_, _ = ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{3}))
				s.served.Add(1)
				open.Add(-1)
				_ = ch.Close()
			}
		}
	}, nil)
}

// TestSessionsWaitForEachOther: an sshd with a MaxSessions of 2 runs 40 commands.
func TestSessionsWaitForEachOther(t *testing.T) {
	sessions := &limited{most: 2}
	c := newServer(t, sessions.session).connection(t)
	ctx := within(t)
	var callers sync.WaitGroup
	for range 40 {
		callers.Go(func() {
			out, _, code, err := c.Output(ctx, "true", nil)
			if err != nil || string(out) != "done" || code != 3 {
				t.Errorf("%q, %d, %v", out, code, err)
			}
		})
	}
	callers.Wait()
	if n := sessions.served.Load(); n != 40 {
		t.Errorf("%d commands ran", n)
	}
}
