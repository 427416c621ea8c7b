package protocol

import (
	"os"
	"syscall"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/backends/hostfiles/localfs"
)

type operation func(a *agent, call uint32, r *reader) (fields, error)

var operations = map[byte]operation{
	opReadDir: (*agent).readDir, opLstat: (*agent).lstat, opOpen: (*agent).open, opReadAt: (*agent).readAt,
	opStatOpen: (*agent).statOpen, opCreate: (*agent).create, opReopen: (*agent).reopen, opWriteAt: (*agent).writeAt,
	opFinish: (*agent).finish, opClose: (*agent).closeOpen, opPut: (*agent).put, opMkdir: (*agent).mkdir,
	opSymlink: (*agent).symlink, opLink: (*agent).link, opRename: (*agent).rename, opRemove: (*agent).remove,
	opSet: (*agent).set, opHold: (*agent).holdFile, opAdopt: (*agent).adopt, opMounts: (*agent).mounts,
}

// readDir sends the entries in parts.
func (a *agent) readDir(call uint32, r *reader) (fields, error) {
	entries, err := a.tree.ReadDir(a.ctx, r.path())
	if err != nil {
		return nil, err
	}
	part := newFields(itemSize)
	for i := range entries {
		part.entry(&entries[i])
		if len(part) > itemSize {
			if err := a.out.send(frameItem, call, part); err != nil {
				return nil, err
			}
			part = part[:headLength]
		}
	}
	return part, nil
}

func (a *agent) lstat(_ uint32, r *reader) (fields, error) {
	e, err := a.tree.Lstat(a.ctx, r.path())
	return entryReply(e, err)
}

func entryReply(e hostfiles.Entry, err error) (fields, error) {
	if err != nil {
		return nil, err
	}
	out := newFields(0)
	out.entry(&e)
	return out, nil
}

func (a *agent) mkdir(_ uint32, r *reader) (fields, error) {
	return nil, a.tree.Mkdir(a.ctx, r.path())
}

func (a *agent) symlink(_ uint32, r *reader) (fields, error) {
	target, path := r.text(), r.path()
	a.hold(path)
	return nil, a.tree.Symlink(a.ctx, target, path)
}

func (a *agent) link(_ uint32, r *reader) (fields, error) {
	from, to := r.path(), r.path()
	a.hold(to)
	return nil, a.tree.Link(a.ctx, from, to)
}

func (a *agent) rename(_ uint32, r *reader) (fields, error) {
	from, to := r.path(), r.path()
	err := a.tree.Rename(a.ctx, from, to)
	if err == nil {
		// Of two names of one file both are still there: the client removes the first.
		a.release(from)
	}
	return nil, err
}

func (a *agent) remove(_ uint32, r *reader) (fields, error) {
	path, isFolder := r.path(), r.number() == 1
	err := a.tree.Remove(a.ctx, path, isFolder)
	if err == nil {
		a.release(path)
	}
	return nil, err
}

func (a *agent) set(_ uint32, r *reader) (fields, error) {
	path, have, want := r.path(), r.entryOrNil(), r.entry()
	return nil, a.tree.Set(a.ctx, path, have, &want)
}

func (a *agent) holdFile(_ uint32, r *reader) (fields, error) {
	a.hold(r.path())
	return nil, nil
}

// adopt sets the attributes of a file that others wrote.
func (a *agent) adopt(_ uint32, r *reader) (fields, error) {
	path, want := r.path(), r.entry()
	have, err := a.tree.Lstat(a.ctx, path)
	if err == nil && (have.Type != hostfiles.File || have.Size != want.Size) {
		err = syscall.EIO
	}
	if err == nil {
		err = a.tree.Set(a.ctx, path, &have, &want)
	}
	return nil, err
}

func (a *agent) mounts(uint32, *reader) (fields, error) {
	mounts, err := localfs.Mounts()
	out := newFields(0)
	for _, m := range mounts {
		out.text(m)
	}
	if len(out) > maxFrame {
		return nil, os.ErrInvalid
	}
	return out, err
}
