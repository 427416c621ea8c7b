package forward

import (
	"context"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"

	"github.com/proboscis/ml_nexus_go/backends/engine/agent/tunnel"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

func TestAddresses(t *testing.T) {
	at := func(ip string) *network.EndpointSettings { return &network.EndpointSettings{IPAddress: ip} }
	for what, c := range map[string]struct {
		on   map[string]*network.EndpointSettings
		want []string
	}{
		"of one network":       {map[string]*network.EndpointSettings{"bridge": at("172.17.0.2")}, []string{"172.17.0.2"}},
		"of several, by name":  {map[string]*network.EndpointSettings{"b": at("10.0.0.2"), "a": at("10.1.0.2")}, []string{"10.1.0.2", "10.0.0.2"}},
		"of too many":          {map[string]*network.EndpointSettings{"a": at("10.0.0.1"), "b": at("10.0.0.2"), "c": at("10.0.0.3"), "d": at("10.0.0.4")}, []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"}},
		"of the host's":        {map[string]*network.EndpointSettings{"host": at("")}, nil},
		"that are none":        {map[string]*network.EndpointSettings{"a": at("gateway.example"), "b": nil}, nil},
		"the host's own":       {map[string]*network.EndpointSettings{"a": at("127.0.0.1"), "b": at("0.0.0.0"), "c": at("169.254.169.254"), "d": at("224.0.0.1")}, nil},
		"of another container": {nil, nil},
	} {
		info := container.InspectResponse{NetworkSettings: &container.NetworkSettings{Networks: c.on}}
		if got := addresses(info); !slices.Equal(got, c.want) {
			t.Errorf("addresses %s: %v", what, got)
		}
	}
	if got := addresses(container.InspectResponse{}); got != nil {
		t.Error(got)
	}
}

// TestADirectSessionThatHasEndedIsNotUsed: the stream carries the connections again.
func TestADirectSessionThatHasEndedIsNotUsed(t *testing.T) {
	here, there := net.Pipe()
	var agent guard.Group
	agent.Run(func() error {
		tunnel.Serve(context.Background(), there, there)
		return nil
	})
	l := &link{tunnel: tunnel.New(here, true, func(*tunnel.Arrival) {})}
	defer func() {
		l.tunnel.Close()
		_ = agent.Wait()
	}()
	l.life, l.end = context.WithCancel(t.Context())
	defer l.end()
	server, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	direct, err := l.tunnel.Direct(t.Context(), loopback, func(_ context.Context, address string) (io.ReadWriteCloser, error) {
		return net.Dial("tcp4", address)
	})
	if err != nil {
		t.Fatal(err)
	}
	l.adopt(direct)
	for range 2 {
		if _, err := l.dial(t.Context(), server.Addr().String()); err != nil {
			t.Fatal(err)
		}
		direct.Close()
	}
	l.end()
	l.direct = nil
	if l.adopt(direct); l.shortest() != nil {
		t.Error("a link that was dropped takes another session")
	}
}
