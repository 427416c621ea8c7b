package forward

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/docker/docker/api/types/container"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent/tunnel"
)

// Dial connects to a TCP address as the engine's host does.
type Dial func(ctx context.Context, address string) (io.ReadWriteCloser, error)

// addresses returns where the engine's host may reach a container, in the order of the
// networks' names. A container with the host's network, or another's, has none.
func addresses(info container.InspectResponse) []string {
	if info.NetworkSettings == nil {
		return nil
	}
	var names, found []string
	for name := range info.NetworkSettings.Networks {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		// No name that could be looked up, and never the host itself.
		on := info.NetworkSettings.Networks[name]
		if on == nil {
			continue
		}
		if ip := net.ParseIP(on.IPAddress); ip.IsGlobalUnicast() {
			found = append(found, on.IPAddress)
		}
	}
	return found[:min(len(found), maxAddresses)]
}

// maxAddresses bounds how many networks are tried.
const maxAddresses = 3

// shorten gives a link a connection that the engine does not have to copy, if there is a way to
// the container's address. Until then, and where there is none, the stream does it all.
func (f *forwarding) shorten(l *link) {
	if f.ports.dial == nil || f.req.Reverse {
		return
	}
	f.do(func() {
		for _, ip := range l.to.addresses {
			if direct, err := l.tunnel.Direct(l.life, ip, f.ports.dial); err == nil {
				l.adopt(direct)
				return
			}
		}
	})
}

// adopt makes a link use a direct session, unless the link was dropped meanwhile.
func (l *link) adopt(direct *tunnel.Session) {
	l.mu.Lock()
	ended := l.life.Err() != nil
	if !ended {
		l.direct = direct
	}
	l.mu.Unlock()
	if ended {
		direct.Close()
	}
}

// shortest returns the direct session; nil if there is none.
func (l *link) shortest() *tunnel.Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.direct
}

// dial connects to an address of the container.
func (l *link) dial(ctx context.Context, address string) (*tunnel.Remote, error) {
	if direct := l.shortest(); direct != nil {
		remote, err := direct.Dial(ctx, address)
		var refusal *tunnel.Refusal
		if err == nil || errors.As(err, &refusal) || ctx.Err() != nil {
			return remote, err
		}
	}
	return l.tunnel.Dial(ctx, address)
}
