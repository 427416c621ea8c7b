package reserve

import (
	"bytes"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/swarm"

	"github.com/proboscis/ml_nexus_go/backends/swarm/members"
	"github.com/proboscis/ml_nexus_go/core"
)

func node(name string, cpus, gibibytes int64, gpus ...string) members.Node {
	n := members.Node{Name: name, State: "ready", Resources: swarm.Resources{NanoCPUs: cpus * 1e9, MemoryBytes: gibibytes << 30}}
	for _, gpu := range gpus {
		n.Resources.GenericResources = append(n.Resources.GenericResources, swarm.GenericResource{NamedResourceSpec: &swarm.NamedGenericResource{Kind: "NVIDIA-GPU", Value: gpu}})
	}
	return n
}

// TestWhatFits: all of it must be on one node.
func TestWhatFits(t *testing.T) {
	nodes := []members.Node{node("large", 64, 256, "a", "b", "c", "d"), node("small", 8, 512, "e")}
	gpus := func(n int64) map[string]int64 { return map[string]int64{GPU: n} }
	for name, c := range map[string]struct {
		ask  Ask
		says string // of the error; "" fits
	}{
		"nothing":                       {Ask{}, ""},
		"as much as there is":           {Ask{NanoCPUs: 64e9, Memory: 256 << 30, Devices: gpus(4)}, ""},
		"all of a node":                 {Ask{Devices: gpus(All)}, ""},
		"too many GPUs":                 {Ask{Devices: gpus(5)}, "no node of the fleet has 5 NVIDIA-GPU"},
		"memory and GPUs of two nodes":  {Ask{Memory: 512 << 30, Devices: gpus(4)}, "512 GiB of memory, 4 NVIDIA-GPU"},
		"too many CPUs":                 {Ask{NanoCPUs: 65e9}, "small (ready): 8 CPUs, 512 GiB of memory, 1 NVIDIA-GPU"},
		"a device that there is not":    {Ask{Devices: map[string]int64{"FPGA": 1}}, "1 FPGA"},
		"a number that cannot be meant": {Ask{Devices: gpus(0)}, "0 devices"},
	} {
		err := c.ask.resolved(nodes).check(nodes)
		if c.says == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c.says != "" && (core.KindOf(err) != core.KindInvalidArgument || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	if got := (Ask{Devices: gpus(All)}).resolved(nodes).Devices["NVIDIA-GPU"]; got != 4 {
		t.Errorf("all is %d", got)
	}
}

// TestConstraints are those of docker service create.
func TestConstraints(t *testing.T) {
	one, two := node("one", 8, 16, "a", "b"), node("two", 8, 16, "c")
	one.Manager, one.ID, one.Address, one.OS, one.Architecture = true, "id1", "10.0.0.1", "linux", "x86_64"
	one.Labels, two.EngineLabels, two.Address = map[string]string{"Disk": "SSD"}, map[string]string{"rack": "7"}, "10.0.0.2"
	nodes := []members.Node{one, two}
	for text, want := range map[string]string{
		"node.labels.Disk==ssd": "one", "node.labels.Disk != ssd": "two", "node.labels.disk!=ssd": "one two", "NODE.hostname == TWO": "two", "node.role==worker": "two",
		"node.role!=worker": "one", "node.id==id1": "one", "engine.labels.rack==7": "two", "node.platform.os==linux": "one", "node.platform.arch==x86_64": "one",
		"node.ip==10.0.0.2": "two", "node.ip!=10.0.0.0/30": "", "node.ip==10.0.0.0/31": "one", "node.labels.disk==ssd": "",
	} {
		parsed, err := parseConstraints([]string{text})
		var names []string
		for _, n := range parsed.matching(nodes) {
			names = append(names, n.Name)
		}
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
		if _, err := (Ask{Constraints: []string{text}}).fitting(nodes); (err == nil) != (want != "") {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"", "disk==ssd", "node.labels.==ssd", "node.labels.disk=ssd", "node.labels.disk==", "node.colour==red"} {
		if _, err := parseConstraints([]string{text}); core.KindOf(err) != core.KindInvalidArgument {
			t.Errorf("%q: %v", text, err)
		}
	}
	_, err := Ask{Constraints: []string{"node.labels.Disk==hdd"}}.fitting(nodes)
	for _, says := range []string{"node.labels.Disk==hdd", "one: node.labels.Disk=SSD", "two: node.labels.Disk=;"} {
		if err == nil || !strings.Contains(err.Error()+";", says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	if ask, err := (Ask{Constraints: []string{"node.hostname==two"}, Devices: map[string]int64{GPU: All}}).fitting(nodes); err != nil || ask.Devices["NVIDIA-GPU"] != 1 {
		t.Errorf("%+v, %v", ask, err)
	}
}

// TestThePlaceholderIsAlwaysTheSame, so that all clients and nodes mean the same image by its ID.
func TestThePlaceholderIsAlwaysTheSame(t *testing.T) {
	one, err := pack("amd64", []byte("layer"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := pack("amd64", []byte("layer"))
	if err != nil || !bytes.Equal(one.archive, again.archive) || one.config != again.config || one.manifest != again.manifest {
		t.Errorf("it differs: %v", err)
	}
	other, err := pack("arm64", []byte("layer"))
	if err != nil || other.config == one.config || other.manifest == one.manifest {
		t.Errorf("another architecture has the same image: %v", err)
	}
}

// TestNamesOfServices: a name in the fleet is one service, whatever characters it has.
func TestNamesOfServices(t *testing.T) {
	long := strings.Repeat("x", 300)
	if serviceName("1", "a.b_c") != serviceName("2", "a.b_c") || serviceName("1", long) == serviceName("1", long+"x") || serviceName("1", "") == serviceName("2", "") {
		t.Error("names are mixed up")
	}
	if name := serviceName("1", long); len(name) > 63 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		t.Errorf("%q is no name of a service", name)
	}
}
