package protocol

import (
	"encoding/binary"
	"path"
	"path/filepath"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
)

// fields is a payload that is being written, one field after the other, behind the room
// for a frame's head.
type fields []byte

// newFields has room for n bytes.
func newFields(n int) fields { return fields(buffer(headLength + n)[:headLength]) }

func (f *fields) text(s string) {
	*f = binary.AppendUvarint(*f, uint64(len(s)))
	*f = append(*f, s...)
}

func (f *fields) number(n int64) { *f = binary.AppendVarint(*f, n) }

func (f *fields) entry(e *hostfiles.Entry) {
	f.text(e.Path)
	f.number(e.Size)
	f.number(e.MTime)
	f.number(int64(e.UID))
	f.number(int64(e.GID))
	f.number(int64(e.Mode))
	f.number(int64(e.Type))
	if e.More == nil {
		f.number(0)
		return
	}
	f.number(1)
	f.text(e.More.Target)
	f.number(int64(e.More.Device))
	f.number(int64(e.More.Inode))
}

// entryOrNil writes whether there is one.
func (f *fields) entryOrNil(e *hostfiles.Entry) {
	if e == nil {
		f.number(0)
		return
	}
	f.number(1)
	f.entry(e)
}

// reader reads fields. After the first field that is not there all are zero.
type reader struct{ rest []byte }

func (r *reader) text() string {
	n, used := binary.Uvarint(r.rest)
	if used <= 0 || n > uint64(len(r.rest)-used) {
		r.rest = nil
		return ""
	}
	s := string(r.rest[used : used+int(n)])
	r.rest = r.rest[used+int(n):]
	return s
}

// path is a text that names something in the tree. One that would leave it becomes a
// name that no system call takes.
func (r *reader) path() string {
	p := r.text()
	if p == "" || path.Clean(p) == p && filepath.IsLocal(p) && p != "." {
		return p
	}
	return "\x00"
}

func (r *reader) number() int64 {
	n, used := binary.Varint(r.rest)
	if used <= 0 {
		r.rest = nil
		return 0
	}
	r.rest = r.rest[used:]
	return n
}

func (r *reader) entry() hostfiles.Entry {
	e := hostfiles.Entry{
		Path: r.text(), Size: r.number(), MTime: r.number(), UID: uint32(r.number()), GID: uint32(r.number()),
		Mode: uint16(r.number()), Type: hostfiles.Type(r.number()),
	}
	if r.number() == 1 {
		e.More = &hostfiles.More{Target: r.text(), Device: uint64(r.number()), Inode: uint64(r.number())}
	}
	return e
}

func (r *reader) entryOrNil() *hostfiles.Entry {
	if r.number() == 0 {
		return nil
	}
	e := r.entry()
	return &e
}
