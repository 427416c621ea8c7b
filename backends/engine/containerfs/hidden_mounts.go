package containerfs

import (
	"context"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core"
)

// The engine's archive endpoints work on a container's image and volumes from outside the
// container. They do not see what only its processes see, a tmpfs: they report success, but
// nothing is there. (docker cp has the same fault.)

// insideMounts knows where a container has mounts.
type insideMounts struct {
	// places are mount points: true for what the archive endpoints do not see.
	places map[string]bool
	// own says that the caller asked for a tmpfs.
	own bool
}

// builtIn are mounted in every Linux container; another mount may take their place.
var builtIn = []string{"/dev", "/dev/shm", "/dev/mqueue", "/dev/pts", "/proc", "/sys"}

func builtInPlaces() map[string]bool {
	places := map[string]bool{}
	for _, place := range builtIn {
		places[place] = true
	}
	return places
}

func mountsInside(info container.InspectResponse) insideMounts {
	m := insideMounts{places: builtInPlaces()}
	hide := func(place string) {
		m.places[path.Clean(place)] = true
		m.own = true
	}
	if info.HostConfig != nil {
		for place := range info.HostConfig.Tmpfs {
			hide(place)
		}
		for _, one := range info.HostConfig.Mounts {
			if one.Type == mount.TypeTmpfs {
				hide(one.Target)
			}
		}
	}
	for _, one := range info.Mounts {
		if one.Type == mount.TypeTmpfs {
			hide(one.Destination)
		} else {
			m.places[path.Clean(one.Destination)] = false
		}
	}
	return m
}

// over returns the mount that a clean absolute path is in, "" for none, and whether it is
// hidden from the archive endpoints.
func (m insideMounts) over(full string) (place string, hidden bool) {
	for at := full; at != "/"; at = path.Dir(at) {
		if hidden, is := m.places[at]; is {
			return at, hidden
		}
	}
	return "", false
}

// below returns the mounts in a folder that the archive endpoints do not see and that
// somebody may want to write to.
func (m insideMounts) below(folder string) (places []string) {
	for place, hidden := range m.places {
		inIt := folder == "/" || strings.HasPrefix(place, folder+"/")
		if hidden && inIt && (place == "/dev/shm" || kernelFolder(place) == "" && !strings.HasPrefix(place, "/dev")) {
			places = append(places, place)
		}
	}
	return places
}

// directlyIn returns the mounts whose place is in a folder and that the archive endpoints do
// not see, those of the kernel left out.
func (m insideMounts) directlyIn(folder string) []string {
	return slices.DeleteFunc(m.below(folder), func(place string) bool { return path.Dir(place) != folder })
}

// mayHide reports whether a path may be hidden from the archive endpoints as far as is known
// without asking: it is in a mount that each container has, or the container is known to have
// a tmpfs.
func (f *Files) mayHide(name, full string) bool {
	_, hidden := insideMounts{places: builtInPlaces()}.over(full)
	_, known := f.hiding.Load(name)
	return hidden || known
}

// kernelFolder returns the kernel's folder that a path is in, or "".
func kernelFolder(full string) string {
	for _, folder := range []string{"/proc", "/sys"} {
		if full == folder || strings.HasPrefix(full, folder+"/") {
			return folder
		}
	}
	return ""
}

// hiddenPlace returns the mount of a container that hides a path from the archive endpoints,
// or "". A symlink on the way may lead into a tmpfs: it looks for one only if the caller
// asked for a tmpfs.
func (f *Files) hiddenPlace(ctx context.Context, info container.InspectResponse, asked string) (string, error) {
	mounts := mountsInside(info)
	if mounts.own {
		f.hiding.Store(info.ID, true)
		f.hiding.Store(strings.TrimPrefix(info.Name, "/"), true)
	}
	full := path.Clean("/" + asked)
	for range hostfiles.MaxLinks {
		if place, hidden := mounts.over(full); hidden {
			return place, nil
		}
		if !mounts.own {
			return "", nil
		}
		next, err := f.followFirst(ctx, info.ID, full, mounts)
		if err != nil || next == full {
			return "", err
		}
		full = next
	}
	return "", core.Errorf(core.KindInvalidArgument, "too many symbolic links at %s in the container", asked).With("path", asked)
}

// followFirst replaces the first symlink on the way to a path by its target.
func (f *Files) followFirst(ctx context.Context, id, full string, mounts insideMounts) (string, error) {
	at := "/"
	for rest := strings.TrimPrefix(full, "/"); rest != ""; {
		var name string
		name, rest, _ = strings.Cut(rest, "/")
		at = path.Join(at, name)
		if _, hidden := mounts.over(at); hidden {
			break
		}
		stat, err := f.statInside(ctx, id, at)
		if err != nil {
			return full, unlessAnswered(err)
		}
		if stat.LinkTarget != "" {
			return path.Join("/", linkTarget(at, stat.LinkTarget), rest), nil
		}
	}
	return full, nil
}

// checkHiddenPlace refuses what cannot be reached through the container's processes either.
func checkHiddenPlace(info container.InspectResponse, place, asked string, writes bool) error {
	if folder := kernelFolder(place); folder != "" && writes {
		return core.Errorf(core.KindInvalidArgument, "%s cannot be written: %s belongs to the kernel", asked, folder).With("path", asked)
	}
	if info.State == nil || !info.State.Running {
		return core.Errorf(core.KindContainerNotRunning,
			"%s is in a tmpfs of the container (%s), which is there only while it runs: start it first", asked, place).With("path", asked)
	}
	return nil
}

// CheckShown refuses a path that the archive endpoints do not see.
func (f *Files) CheckShown(ctx context.Context, info container.InspectResponse, asked string) error {
	hidden, err := f.hiddenPlace(ctx, info, asked)
	if err == nil && hidden != "" {
		err = checkHiddenPlace(info, hidden, asked, false)
	}
	return err
}

// ResolveShown returns a path without symlinks, as the archive endpoints see it. What does not
// exist is kept.
func (f *Files) ResolveShown(ctx context.Context, id, asked string) (string, error) {
	full := path.Clean("/" + asked)
	for range hostfiles.MaxLinks {
		next, err := f.followFirst(ctx, id, full, insideMounts{})
		if err != nil || next == full {
			return full, err
		}
		full = next
	}
	return "", syscall.ELOOP
}
