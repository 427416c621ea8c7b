package containerfs

import (
	"slices"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
)

func TestMountsThatArchivesDoNotSee(t *testing.T) {
	info := container.InspectResponse{
		ContainerJSONBase: &container.ContainerJSONBase{HostConfig: &container.HostConfig{
			Tmpfs:  map[string]string{"/scratch/": "size=1m", "/run": ""},
			Mounts: []mount.Mount{{Type: mount.TypeTmpfs, Target: "/typed"}, {Type: mount.TypeVolume, Target: "/volume"}},
		}},
		Mounts: []container.MountPoint{
			{Type: mount.TypeVolume, Destination: "/volume"}, {Type: mount.TypeBind, Destination: "/scratch/kept"}, {Type: mount.TypeTmpfs, Destination: "/typed"},
		},
	}
	m := mountsInside(info)
	for full, want := range map[string]string{
		"/scratch": "/scratch", "/scratch/a/b": "/scratch", "/scratch/kept": "", "/scratch/kept/x": "", "/scratches": "", "/typed/x": "/typed",
		"/volume/x": "", "/dev/shm/x": "/dev/shm", "/dev/null": "/dev", "/device": "", "/proc/1": "/proc", "/": "", "/run/x": "/run", "/var/run/x": "",
	} {
		if place, hidden := m.over(full); hidden != (want != "") || hidden && place != want {
			t.Errorf("%s: %q, %t; want %q", full, place, hidden, want)
		}
	}
	got := m.below("/")
	slices.Sort(got)
	if want := []string{"/dev/shm", "/run", "/scratch", "/typed"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	info.Mounts = append(info.Mounts, container.MountPoint{Type: mount.TypeBind, Destination: "/dev/shm"})
	if place, hidden := mountsInside(info).over("/dev/shm/x"); hidden {
		t.Errorf("a bind mount at /dev/shm is taken for the tmpfs: %q", place)
	}
}
