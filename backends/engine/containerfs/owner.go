package containerfs

import (
	"archive/tar"
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"

	cerrdefs "github.com/containerd/errdefs"

	"github.com/proboscis/ml_nexus_go/core"
)

// ownership is the owner of a file in a container; the zero value is root.
type ownership struct{ uid, gid int }

// containerOwner returns the IDs of a container's user in the form of "docker run --user":
// name or number, with or without ":group". Names are those in the container's own
// /etc/passwd and /etc/group.
func (f *Files) containerOwner(ctx context.Context, name, user string) (ownership, error) {
	var owner ownership
	user, group, _ := strings.Cut(user, ":")
	if user == "" && group == "" {
		return owner, nil
	}
	if user != "" {
		entry, err := f.accountEntry(ctx, name, "/etc/passwd", user)
		switch {
		case err != nil:
			return owner, err
		case entry != nil:
			owner = ownership{uid: number(entry, 2), gid: number(entry, 3)}
		default:
			// A number without an entry has group root, as in a running container.
			if owner.uid, err = strconv.Atoi(user); err != nil {
				return owner, core.Errorf(core.KindEngineError, "the container's user %s is not in its /etc/passwd", user)
			}
		}
	}
	if group != "" {
		entry, err := f.accountEntry(ctx, name, "/etc/group", group)
		switch {
		case err != nil:
			return owner, err
		case entry != nil:
			owner.gid = number(entry, 2)
		default:
			if owner.gid, err = strconv.Atoi(group); err != nil {
				return owner, core.Errorf(core.KindEngineError, "the container's group %s is not in its /etc/group", group)
			}
		}
	}
	return owner, owner.inRange(user, group)
}

// maxID is the highest number of a user or a group that docker accepts.
const maxID = math.MaxInt32

// inRange refuses numbers that no user can have: archives could not tell them either.
func (o ownership) inRange(user, group string) error {
	if o.uid < 0 || o.uid > maxID || o.gid < 0 || o.gid > maxID {
		return core.Errorf(core.KindEngineError, "the container's user %q and group %q have the numbers %d and %d, which are not between 0 and %d", user, group, o.uid, o.gid, maxID)
	}
	return nil
}

func number(fields []string, at int) int {
	n, _ := strconv.Atoi(fields[at])
	return n
}

// accountEntry returns the fields of a user or a group by name or number, or nil.
func (f *Files) accountEntry(ctx context.Context, name, file, wanted string) ([]string, error) {
	text, err := f.readInside(ctx, name, file)
	if cerrdefs.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer text.Close()
	return findAccount(text, wanted)
}

// findAccount finds the line with this name, or, if wanted is a number, with this number.
func findAccount(text io.Reader, wanted string) ([]string, error) {
	const nameField, idField, leastFields = 0, 2, 4
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) < leastFields || strings.HasPrefix(fields[nameField], "#") {
			continue
		}
		if fields[nameField] == wanted || fields[idField] == wanted {
			return fields, nil
		}
	}
	return nil, lines.Err()
}

// maxInsideLinks bounds how many links are followed to a file.
const maxInsideLinks = 2

// readInside reads a file of a container.
func (f *Files) readInside(ctx context.Context, name, file string) (io.ReadCloser, error) {
	for range maxInsideLinks {
		content, stat, err := f.session.API.CopyFromContainer(ctx, name, file)
		if err != nil {
			return nil, err
		}
		if stat.LinkTarget != "" {
			_ = content.Close()
			file = linkTarget(file, stat.LinkTarget)
			continue
		}
		archived := tar.NewReader(content)
		if _, err := archived.Next(); err != nil {
			_ = content.Close()
			return nil, fmt.Errorf("%s in the container: %w", file, err)
		}
		return struct {
			io.Reader
			io.Closer
		}{archived, content}, nil
	}
	return nil, core.Errorf(core.KindEngineError, "too many links at %s in the container", path.Clean(file))
}
