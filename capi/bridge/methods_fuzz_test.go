package bridge

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// absent is a client without methods: calling one panics in a way that reachedTheClient
// recognises, so that an accepted request is distinguished from a defect.
type absent struct{ core.DockerClient }

func reachedTheClient(p *guard.Panic) bool {
	_, isRuntime := p.Value.(runtime.Error)
	return isRuntime && strings.Contains(string(p.Stack), "bridge.(*absent).")
}

// FuzzRequest gives every method a request. A request may be refused, as
// InvalidArgument, or reach the client, but nothing else.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", "[]", `""`, "{", "{}{}", "{} ", "\xff", `{"container":"c"}`, `{"container":"c","timeout":-1}`,
		`{"image":"i","command":["a","b"],"options":["-v /a:/b","--rm"],"stdin":true,"timeout":1e300}`,
		`{"image":"i","command":"a 'b c'","options":null,"shell":true}`,
		`{"container":"c","command":null,"options":["-e","A=\u0000"]}`,
		`{"container":"c","rows":-1}`, `{"container":"c","rows":18446744073709551615,"columns":0}`,
		`{"source":"/a","container":"c","destination":"/b","archive":true,"progress":true}`,
		`{"target":"local","environ":{"A":"b"},"owner":{"host":"h","pid":1,"start":0.5},"ssh":{}}`,
		`{"target":"ssh://u:p@h","tls":{"verify":true}}`,
		strings.Repeat(`{"a":`, 20_000),
	} {
		f.Add([]byte(seed))
	}
	b := New(core.Registry{core.SchemeDefault: func(context.Context, core.Target, core.OpenRequest) (core.DockerClient, error) {
		return nil, core.Errorf(core.KindInvalidArgument, "opens nothing")
	}}, readNoOptions)
	q, err := newQueue()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(q.close)
	f.Fuzz(func(t *testing.T, request []byte) {
		for name, m := range b.methods {
			if strings.HasPrefix(name, "debug.") && name != "debug.echo" {
				continue
			}
			c := &call{bridge: b, op: newOp(q, 1), client: &absent{}, name: name, request: request}
			p := guard.Call(func() {
				if _, err := m.run(c.op.ctx, c); err != nil && core.KindOf(err) == "" {
					t.Errorf("%s: %v is not a *core.Error", name, err)
				}
			})
			if p != nil && !reachedTheClient(p) {
				t.Errorf("%s: %v\n%s", name, p, p.Stack)
			}
			c.op.cancel(nil)
		}
	})
}
