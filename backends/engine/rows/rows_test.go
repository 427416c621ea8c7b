package rows

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/cli/cli/command/formatter"
	cliimage "github.com/docker/cli/cli/command/image"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const jsonFormat = formatter.Format("{{json .}}")

// random makes what an engine may answer. The same seed makes the same.
type random struct{ *rand.Rand }

func newRandom() random { return random{rand.New(rand.NewPCG(1, 2))} }

func (r random) of(choices ...string) string { return choices[r.IntN(len(choices))] }

func (r random) text() string {
	return r.of("", "a", "<&> \"quoted\"", "ü\t\xff\u2028", "日本語のとても長いなまえ、そのつづき", strings.Repeat("x", r.IntN(60)))
}

func (r random) id() string {
	return r.of("", "sha256:") + fmt.Sprintf("%064x", r.Uint64()) + r.of("", "-short")
}

// created is some time ago, far from where the words for an age change, or none.
func (r random) created() int64 {
	hours := []int{3, 30, 24*9 + 12, 24 * 75, 24 * 1000, 24 * 365 * 40}
	ages := []time.Duration{0, 5*time.Minute + 30*time.Second, time.Duration(hours[r.IntN(len(hours))])*time.Hour + 30*time.Minute}
	if age := ages[r.IntN(len(ages))]; age != 0 {
		return time.Now().Add(-age).Unix()
	}
	return 0
}

func (r random) size() int64 {
	return []int64{-1, 0, 1, 999, 1000, 12_345_678, r.Int64N(1 << 50)}[r.IntN(7)]
}

func (r random) container() container.Summary {
	c := container.Summary{
		ID: r.id(), Names: []string{r.of("/other/link", "/name")}, Command: r.text(), Created: r.created(),
		Image: r.of("", "debian", "debian:13", "host.example:5000/a/b:c@sha256:"+strings.Repeat("a", 64), "sha256:abc", "NOT A NAME"),
		State: r.text(), Status: r.text(), SizeRw: r.size(), SizeRootFs: r.size(), ImageID: r.id(),
	}
	if r.IntN(2) == 0 {
		c.Names = append(c.Names, "/name", "/a/b/c")
		c.Labels = map[string]string{r.text(): r.text(), "b": r.text(), "a": "="}
		c.Image = c.ImageID
	}
	if r.IntN(2) == 0 {
		c.NetworkSettings = &container.NetworkSettingsSummary{Networks: map[string]*network.EndpointSettings{r.text(): nil}}
		c.ImageManifestDescriptor = &ocispec.Descriptor{}
	}
	if r.IntN(2) == 0 {
		c.ImageManifestDescriptor = &ocispec.Descriptor{Platform: &ocispec.Platform{Architecture: "arm64", OS: "linux", Variant: r.of("", "v8")}}
	}
	for range r.IntN(4) {
		c.Mounts = append(c.Mounts, container.MountPoint{Name: r.text(), Source: "/some/where/far/away", Driver: r.of("local", "nfs", "")})
		c.Ports = append(c.Ports, container.Port{
			IP: r.of("", "0.0.0.0", "::"), PrivatePort: uint16(80 + r.IntN(4)), PublicPort: uint16(80 + r.IntN(2)), Type: r.of("tcp", "udp"),
		})
	}
	return c
}

func (r random) image() image.Summary {
	i := image.Summary{ID: r.id(), Created: r.created(), Size: r.size(), SharedSize: r.size(), Containers: int64(r.IntN(3) - 1)}
	digest := "@sha256:" + strings.Repeat("b", 64)
	for range r.IntN(4) {
		i.RepoTags = append(i.RepoTags, r.of("debian:13", "debian:sid", "host.example:5000/a/b:c", "NOT A NAME", "none"))
		i.RepoDigests = append(i.RepoDigests, r.of("debian", "ubuntu", "host.example:5000/a/b", "NOT A NAME")+digest)
	}
	if r.IntN(5) == 0 {
		i.RepoTags, i.RepoDigests = []string{"<none>:<none>"}, []string{"<none>@<none>"}
	}
	return i
}

func (r random) layer() image.HistoryResponseItem {
	return image.HistoryResponseItem{ID: r.of("<missing>", r.id()), Comment: r.text(), CreatedBy: r.text() + r.text(), Created: r.created(), Size: r.size()}
}

func some[T any](make func() T) []T {
	all := []T{}
	for range 400 {
		all = append(all, make())
	}
	return all
}

// compare fails where a row is not, byte for byte, what docker's own code prints.
func compare(t *testing.T, ours []json.RawMessage, err error, dockers []byte, dockersErr error) {
	t.Helper()
	if err != nil || dockersErr != nil {
		t.Fatal(err, dockersErr)
	}
	want := strings.Split(strings.TrimSuffix(string(dockers), "\n"), "\n")
	if len(ours) != len(want) {
		t.Fatalf("%d rows, docker has %d", len(ours), len(want))
	}
	for i, row := range ours {
		if string(row) != want[i] {
			t.Fatalf("row %d:\n%s\ndocker's:\n%s", i, row, want[i])
		}
	}
}

func TestContainersAreDockersRows(t *testing.T) {
	containers := some(newRandom().container)
	ours, err := Containers(containers)
	var out bytes.Buffer
	dockersErr := formatter.ContainerWrite(formatter.Context{Output: &out, Format: jsonFormat, Trunc: true}, containers)
	compare(t, ours, err, out.Bytes(), dockersErr)
}

func TestImagesAreDockersRows(t *testing.T) {
	for _, i := range some(newRandom().image) {
		ours, err := Images([]image.Summary{i})
		var out bytes.Buffer
		dockersErr := formatter.ImageWrite(formatter.ImageContext{
			Context: formatter.Context{Output: &out, Format: jsonFormat, Trunc: true},
		}, []image.Summary{i})
		// Docker's repositories come in a random order.
		slices.SortFunc(ours, func(a, b json.RawMessage) int { return bytes.Compare(a, b) })
		lines := slices.SortedFunc(bytes.Lines(out.Bytes()), bytes.Compare)
		if len(ours) == 0 && len(lines) == 0 {
			continue // it has no name that is one
		}
		compare(t, ours, err, bytes.Join(lines, nil), dockersErr)
	}
}

func TestHistoryIsDockersRows(t *testing.T) {
	layers := some(newRandom().layer)
	for _, whole := range []bool{false, true} {
		for _, raw := range []bool{false, true} {
			ours, err := History(layers, whole, raw)
			var out bytes.Buffer
			//lint:ignore SA1019 deprecated without a replacement
			dockersErr := cliimage.HistoryWrite(formatter.Context{Output: &out, Format: jsonFormat, Trunc: !whole}, !raw, layers)
			compare(t, ours, err, out.Bytes(), dockersErr)
		}
	}
}

func TestNothingIsAnEmptyList(t *testing.T) {
	for name, rows := range map[string]func() ([]json.RawMessage, error){
		"containers": func() ([]json.RawMessage, error) { return Containers(nil) },
		"images":     func() ([]json.RawMessage, error) { return Images(nil) },
		"history":    func() ([]json.RawMessage, error) { return History(nil, false, false) },
	} {
		if made, err := rows(); err != nil || made == nil || len(made) != 0 {
			t.Errorf("%s: %#v, %v", name, made, err)
		}
	}
}

func BenchmarkContainers(b *testing.B) {
	containers := some(newRandom().container)[:50]
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			_, _ = Containers(containers)
		}
	})
	b.Run("docker's", func(b *testing.B) {
		for b.Loop() {
			var out bytes.Buffer
			_ = formatter.ContainerWrite(formatter.Context{Output: &out, Format: jsonFormat, Trunc: true}, containers)
		}
	})
}
