package ssh

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestForwardPastTheEngine: where the host reaches the container's address, one connection to the
// agent there carries all that is forwarded.
func TestForwardPastTheEngine(t *testing.T) {
	keepAgent(t)
	state := bed.Load(t)
	for engine, sshd := range map[string]string{"engine-new": "sshd-beside", "engine-old": "sshd-beside-old"} {
		t.Run(engine, func(t *testing.T) {
			client := opener(t, state.SSHD(t, sshd), strings.Replace(sshd, "sshd", "mlng", 1), state.Engine(t, engine).Socket)(t).(*Client)
			t.Cleanup(func() { _ = client.Close() })
			name, port := echoIn(t, client.Engine)
			at := forwarding(t, client, core.ForwardRequest{Container: name, Port: port})
			wantEcho(t, at)
			wantDirect(t, client, name, 1)
			wantEcho(t, at)
			wantDirect(t, client, name, 1)
		})
	}
}

// TestForwardWhereTheHostHasNoWay: what sshd cannot reach is refused, and the engine does it.
func TestForwardWhereTheHostHasNoWay(t *testing.T) {
	keepAgent(t)
	state := bed.Load(t)
	on := state.Engine(t, "engine-new")
	client := opener(t, state.SSHD(t, "sshd"), "mlng", on.Socket)(t).(*Client)
	t.Cleanup(func() { _ = client.Close() })
	if _, err := client.host.DialTCP(t.Context(), "127.0.0.1:1"); !sshconn.IsRejected(err) {
		t.Error(err)
	}
	name, port := echoIn(t, client.Engine)
	wantEcho(t, forwarding(t, client, core.ForwardRequest{Container: name, Port: port}))
	wantDirect(t, client, name, 0)
}

// wantDirect waits until so many connections lead to the container's own address.
func wantDirect(t *testing.T, client *Client, name string, wanted int) {
	t.Helper()
	info, err := client.API().ContainerInspect(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	const established = "01"
	for until := time.Now().Add(longest); ; time.Sleep(time.Millisecond) {
		table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", info.State.Pid))
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, line := range strings.Split(string(table), "\n")[1:] {
			if f := strings.Fields(line); len(f) > 3 && f[3] == established && !loopback(f[1]) {
				found++
			}
		}
		if found == wanted {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%d connections lead to the container\n%s", found, table)
		}
	}
}

// loopback reports whether an address is 127.0.0.1, as the kernel writes it.
func loopback(address string) bool {
	number, err := strconv.ParseUint(strings.Split(address, ":")[0], 16, 32)
	return err == nil && net.IPv4(byte(number), byte(number>>8), byte(number>>16), byte(number>>24)).IsLoopback()
}
