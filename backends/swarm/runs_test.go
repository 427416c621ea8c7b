package swarm

import (
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/proboscis/ml_nexus_go/backends/swarm/reserve"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestRunsWaitForGPUs: six GPUs, seven runs. Each GPU is used once, the seventh run says why it
// waits, and gets the GPU of a run that ends. In the end nothing of the reservations is left.
func TestRunsWaitForGPUs(t *testing.T) {
	for _, name := range []string{"fleet-new", "fleet-old"} {
		onFleetAlone(t, name, runsWaitForGPUs)
	}
}

func runsWaitForGPUs(t *testing.T, c *Client, fleet bed.Fleet) {
	var names []string
	var runs []<-chan error
	for range 6 {
		name := c.name(t)
		names = append(names, name)
		runs = append(runs, goes(func() error { return c.sleeper(t.Context(), name, "--gpus", "1", "--cpus", "0.01", "-m", "16m") }))
	}
	for _, run := range runs {
		if err := await(t, run, "a run"); err != nil {
			t.Fatal(err)
		}
	}
	var used, all []string
	for _, name := range names {
		used = append(used, c.gpusOf(t, name)...)
	}
	for _, node := range fleet.Nodes {
		all = append(all, node.GPUs...)
	}
	slices.Sort(used)
	slices.Sort(all)
	if !slices.Equal(used, all) {
		t.Errorf("used %q of %q", used, all)
	}
	waits := make(chan core.WaitingEvent, 100)
	ctx := core.WithListener(t.Context(), func(event any) {
		if event, is := event.(core.WaitingEvent); is {
			waits <- event
		}
	})
	last := c.name(t)
	waiting := goes(func() error { return c.sleeper(ctx, last, "--gpus", "1") })
	if why := await(t, waits, "why it waits"); !strings.Contains(why.Reason, "insufficient resources") {
		t.Errorf("it waits as %q", why.Reason)
	}
	// Another program ends the first run: whoever waits frees its place.
	first := c.gpusOf(t, names[0])
	other := open(t, overSSH(fleet))
	if err := other.Remove(t.Context(), core.RemoveRequest{Container: names[0], Force: true}); err != nil {
		t.Fatal(err)
	}
	if err := await(t, waiting, "its turn"); err != nil {
		t.Fatal(err)
	}
	if got := c.gpusOf(t, last); !slices.Equal(got, first) {
		t.Errorf("it has %q, and %q were free", got, first)
	}
	for _, name := range append(names[1:], last) {
		if err := c.Remove(t.Context(), core.RemoveRequest{Container: name, Force: true}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Reap(t.Context(), core.ReapRequest{}); err != nil {
		t.Fatal(err)
	}
	c.wantNothingLeft(t, fleet)
}

// gpusOf asks the engine which GPUs a container has.
func (c *Client) gpusOf(t *testing.T, name string) []string {
	t.Helper()
	raw, err := c.Inspect(t.Context(), core.ContainerRequest{Container: name})
	var told struct {
		HostConfig struct {
			DeviceRequests []struct{ DeviceIDs []string }
		}
	}
	if err != nil || json.Unmarshal(raw, &told) != nil || len(told.HostConfig.DeviceRequests) != 1 {
		t.Fatalf("%s: %v, %s", name, err, raw)
	}
	return told.HostConfig.DeviceRequests[0].DeviceIDs
}

// wantNothingLeft looks for this client's services, and for what it made on the nodes.
func (c *Client) wantNothingLeft(t *testing.T, fleet bed.Fleet) {
	t.Helper()
	left := fleet.Docker(t, "service", "ls", "-q", "--filter", "label=ml-nexus-go.session="+c.open.Session)
	for _, node := range fleet.Nodes {
		locks, err := exec.Command(fleet.Command, "--host", node.Host, "ps", "-aq", "--filter", "status=created", "--filter", "label="+reserve.LabelPlaceholder, "--filter", "label=ml-nexus-go.session="+c.open.Session).CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		left += string(locks)
	}
	if left != "" {
		t.Errorf("left behind: %q", left)
	}
}

// TestRunsThatFitNowhere are refused at once, with what there is.
func TestRunsThatFitNowhere(t *testing.T) {
	onFleets(t, func(t *testing.T, c *Client, fleet bed.Fleet) {
		for options, says := range map[string]string{
			"--gpus 3":          fleet.Nodes[2].Name,
			"--cpus 100000":     "CPUs",
			"-m 900000g":        "GiB of memory",
			"--gpus device=0":   "a fleet chooses them",
			"--gpus 1 --gpus 1": "once",

			"--constraint node.labels.none==such":                              fleet.Nodes[1].Name + ": node.labels.none=",
			"--constraint disk==ssd":                                           "is no constraint",
			"--constraint node.hostname==" + fleet.Nodes[1].Name + " --gpus 3": "no node that matches",
			"--generic-resource TUNNEL=2":                                      "TUNNEL",
			"--generic-resource GPU=1":                                         "--gpus",
			"--no-such-option":                                                 "unknown flag",
			"--name ../climbing":                                               "name",
		} {
			_, err := c.Run(t.Context(), core.RunRequest{Image: busybox, Options: []string{options}}, core.Streams{})
			wantKind(t, err, core.KindInvalidArgument, says)
		}
		c.wantNothingLeft(t, fleet)
	})
}

// TestRunsGoWhereTheyAreTold: a constraint chooses the node; a device of another kind reaches the
// container by its name, and where that is a path as a device.
func TestRunsGoWhereTheyAreTold(t *testing.T) {
	onFleets(t, func(t *testing.T, c *Client, fleet bed.Fleet) {
		for _, node := range fleet.Nodes {
			name := c.name(t)
			if err := c.sleeper(t.Context(), name, "--constraint", "node.hostname=="+node.Name); err != nil {
				t.Fatal(err)
			}
			if got := c.nodeOf(t, name); got != node.Name {
				t.Errorf("it is on %s, not on %s", got, node.Name)
			}
		}
		if got := c.prints(t, []string{"--generic-resource TUNNEL=all"}, "echo $DOCKER_RESOURCE_TUNNEL; test -c /dev/net/tun && echo there"); got != "/dev/net/tun\nthere" {
			t.Errorf("%q", got)
		}
	})
}

// TestAWaitThatIsEnded leaves nothing behind.
func TestAWaitThatIsEnded(t *testing.T) {
	onFleetAlone(t, "fleet-old", func(t *testing.T, c *Client, fleet bed.Fleet) {
		var held []string
		for range fleet.Nodes {
			held = append(held, c.name(t))
			if err := c.sleeper(t.Context(), held[len(held)-1], "--gpus", "all"); err != nil {
				t.Fatal(err)
			}
		}
		waits := make(chan any, 100)
		ctx, cancel := context.WithCancel(core.WithListener(t.Context(), func(event any) { waits <- event }))
		defer cancel()
		waiting := goes(func() error { return c.sleeper(ctx, c.name(t), "--gpus", "1") })
		await(t, waits, "the wait")
		cancel()
		wantKind(t, await(t, waiting, "its end"), core.KindCancelled)
		_, err := c.Run(t.Context(), core.RunRequest{Image: busybox, Options: []string{"--rm", "--gpus", "1"}, QueueTimeoutSeconds: 2}, core.Streams{})
		wantKind(t, err, core.KindOperationTimeout, "within 2s", "insufficient resources")
		var nodes []string
		for _, name := range held {
			nodes = append(nodes, c.nodeOf(t, name))
			if err := c.Remove(t.Context(), core.RemoveRequest{Container: name, Force: true}); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(nodes)
		if len(slices.Compact(nodes)) != len(held) {
			t.Errorf("whole nodes: %q", nodes)
		}
		if _, err := c.Reap(t.Context(), core.ReapRequest{}); err != nil {
			t.Fatal(err)
		}
		c.wantNothingLeft(t, fleet)
	})
}

// TestNamesAreTheFleets: a name is in use wherever the container is, running or not.
func TestNamesAreTheFleets(t *testing.T) {
	onFleets(t, func(t *testing.T, c *Client, fleet bed.Fleet) {
		direct := open(t, core.OpenRequest{Target: "swarm+" + fleet.Nodes[0].Host, Nodes: map[string]string{
			fleet.Nodes[1].Name: fleet.Nodes[1].Host, fleet.Nodes[2].Name: fleet.Nodes[2].Host,
		}})
		// Whatever puts a container on a node, the fleet finds it there.
		for _, node := range fleet.Nodes {
			name := c.name(t)
			if out, err := exec.Command(fleet.Command, "--host", node.Host, "run", "-d", "--name", name, busybox, "sleep", "600").CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if got := c.nodeOf(t, name); got != node.Name {
				t.Errorf("%s is on %s, not on %s", name, got, node.Name)
			}
			wantKind(t, direct.sleeper(t.Context(), name), core.KindConflict, "in use", node.Name)
			other := c.name(t)
			if err := c.sleeper(t.Context(), other); err != nil {
				t.Fatal(err)
			}
			wantKind(t, c.sleeper(t.Context(), other), core.KindConflict, "in use")
			wantKind(t, c.Rename(t.Context(), core.RenameRequest{Container: other, Name: name}), core.KindConflict, node.Name)
			// It moves behind the fleet's back.
			if out, err := exec.Command(fleet.Command, "--host", node.Host, "rm", "-f", name).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if state, err := c.State(t.Context(), core.ContainerRequest{Container: name}); err != nil || state.Exists {
				t.Errorf("%+v, %v", state, err)
			}
			if err := c.sleeper(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			r, err := direct.Exec(t.Context(), core.ExecRequest{Container: name, Command: core.Command{Argv: []string{"true"}}}, core.Streams{})
			if err != nil || r.ExitCode != 0 {
				t.Errorf("%+v, %v", r, err)
			}
		}
	})
}

// TestImagesFollowTheRun: an image that the manager's engine has is moved to where the run is.
func TestImagesFollowTheRun(t *testing.T) {
	onFleetAlone(t, "fleet-new", func(t *testing.T, c *Client, fleet bed.Fleet) {
		image := "mlng-fleet-test:" + uuid.NewString()
		if err := c.ImageTag(t.Context(), core.ImageTagRequest{Source: busybox, Destination: image}); err != nil {
			t.Fatal(err)
		}
		var names []string
		for range fleet.Nodes { // each on another node: it takes all of the GPUs
			name := c.name(t)
			names = append(names, name)
			_, err := c.Run(t.Context(), core.RunRequest{Image: image, Options: []string{"-d", "--gpus", "all", "--name", name}, Command: core.Command{Text: "sleep 600"}}, core.Streams{})
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range names {
			if err := c.Remove(t.Context(), core.RemoveRequest{Container: name, Force: true}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Reap(t.Context(), core.ReapRequest{}); err != nil {
			t.Fatal(err)
		}
		if removed, err := c.ImageRemove(t.Context(), core.ImageRemoveRequest{Image: image}); err != nil || len(removed.Untagged) != len(fleet.Nodes) || removed.Deleted == nil {
			t.Errorf("%+v, %v", removed, err)
		}
		_, err := c.ImageRemove(t.Context(), core.ImageRemoveRequest{Image: image})
		wantKind(t, err, core.KindImageNotFound)
		if there, err := c.ImageExists(t.Context(), core.ImageRequest{Image: image}); err != nil || there {
			t.Errorf("%t, %v", there, err)
		}
		_, err = c.VolumeList(t.Context(), core.VolumeListRequest{})
		wantKind(t, err, core.KindInvalidArgument, "3 nodes")
	})
}

// TestAPlaceholderThatSomebodyRemoved is loaded again.
func TestAPlaceholderThatSomebodyRemoved(t *testing.T) {
	fleet := bed.Load(t).FleetAlone(t, "fleet-new")
	c := open(t, overSSH(fleet))
	c.prints(t, nil, "true")
	if _, err := c.Reap(t.Context(), core.ReapRequest{}); err != nil { // of other tests
		t.Fatal(err)
	}
	for _, node := range fleet.Nodes {
		removePlaceholder(t, fleet, node)
	}
	if got := c.prints(t, nil, "echo here"); got != "here" {
		t.Errorf("%q", got)
	}
	c.wantNothingLeft(t, fleet)
}

// removePlaceholder removes the image of placeholders, once no container uses it that is being ended.
func removePlaceholder(t *testing.T, fleet bed.Fleet, node bed.Node) {
	t.Helper()
	said := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		images, err := exec.Command(fleet.Command, "--host", node.Host, "images", "-q", "ml-nexus-go-reservation").Output()
		if err != nil {
			t.Fatal(err)
		}
		ids := strings.Fields(string(images))
		if len(ids) == 0 {
			return
		}
		out, _ := exec.Command(fleet.Command, append([]string{"--host", node.Host, "image", "rm", "-f"}, ids...)...).CombinedOutput()
		said = string(out)
	}
	t.Fatalf("node %s still has the placeholder: %s", node.Name, said)
}
