package rsync

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// Flags of an entry that a list with our options never has.
const namesFollow = 1<<10 | 1<<11

// Bounds on what a list may have.
const (
	maxPath   = 32 << 10 // of a name and of a symlink's target; Linux allows 4096 bytes
	maxListed = 8 * bounded.Limit
	typeMask  = 0o170000
)

// listReader decodes the entries of a list: listWriter the other way round. What it
// returns is not checked beyond its form.
type listReader struct {
	r       byteReader
	sumSize int // of each file, with checksums

	before  hostfiles.Entry // whose attributes an entry may repeat
	name    string
	entries []hostfiles.Entry
	sums    [][]byte // as entries; nil without checksums
	taken   bounded.Count
}

func newListReader(r byteReader, sumSize int) *listReader {
	return &listReader{r: r, sumSize: sumSize, taken: bounded.Count{What: "the list of the host's files", Limit: maxListed}}
}

// read reads the whole list. ioErrors say what the other side could not read.
func (l *listReader) read() (ioErrors uint32, err error) {
	for {
		flags, err := readVarint(l.r)
		if err != nil {
			return 0, noEOF(err)
		}
		if flags == 0 {
			ioErrors, err = readVarint(l.r)
			return ioErrors, noEOF(err)
		}
		if err := l.entry(flags); err != nil {
			return 0, noEOF(err)
		}
	}
}

func (l *listReader) entry(flags uint32) error {
	if flags&namesFollow != 0 {
		return fmt.Errorf("the host's rsync lists an entry with the flags %#x", flags)
	}
	if err := l.readName(flags); err != nil {
		return err
	}
	if flags&isHardLink != 0 && flags&firstHardLink == 0 {
		leader, err := readVarint(l.r)
		if err != nil {
			return err
		}
		if int64(leader) >= int64(len(l.entries)) {
			return fmt.Errorf("the host's rsync lists %q as a link to entry %d of %d", l.name, leader, len(l.entries))
		}
		return l.linked(int(leader))
	}
	return l.own(flags)
}

func (l *listReader) readName(flags uint32) error {
	shared := 0
	if flags&sameName != 0 {
		one, err := l.r.ReadByte()
		if err != nil {
			return err
		}
		shared = int(one)
	}
	rest, err := l.length(flags&longName != 0)
	if err != nil {
		return err
	}
	if shared > len(l.name) || shared+rest > maxPath {
		return fmt.Errorf("the host's rsync lists a name of %d bytes, %d of them those of a name of %d", shared+rest, shared, len(l.name))
	}
	name := make([]byte, shared+rest)
	copy(name, l.name[:shared])
	_, err = io.ReadFull(l.r, name[shared:])
	l.name = string(name)
	return err
}

func (l *listReader) length(long bool) (int, error) {
	if !long {
		one, err := l.r.ReadByte()
		return int(one), err
	}
	n, err := readVarint(l.r)
	if err == nil && n > maxPath {
		err = fmt.Errorf("the host's rsync lists a name of %d bytes", n)
	}
	return int(n), err
}

// linked adds a further name of an entry.
func (l *listReader) linked(leader int) error {
	first := &l.entries[leader]
	if first.Type == hostfiles.File && first.More == nil {
		return fmt.Errorf("the host's rsync lists %q as a link to %q, which has no other name", l.name, first.Path)
	}
	e := *first
	e.Path = pathOf(l.name)
	l.before = e
	var sum []byte
	if l.sums != nil {
		sum = l.sums[leader]
	}
	return l.add(e, sum)
}

// own adds an entry with attributes of its own.
func (l *listReader) own(flags uint32) error {
	e, err := l.attributes(flags)
	if err != nil {
		return err
	}
	e.Path, l.before = pathOf(l.name), e
	switch {
	case e.Type == hostfiles.Symlink:
		e.More, err = l.target()
	case e.Type == hostfiles.File && flags&isHardLink != 0:
		e.More = &hostfiles.More{Device: 1, Inode: uint64(len(l.entries)) + 1}
	}
	var sum []byte
	if err == nil && l.sumSize > 0 && e.Type == hostfiles.File {
		sum = make([]byte, l.sumSize)
		_, err = io.ReadFull(l.r, sum)
	}
	if err != nil {
		return err
	}
	return l.add(e, sum)
}

func (l *listReader) add(e hostfiles.Entry, sum []byte) error {
	l.entries = append(l.entries, e)
	if l.sumSize > 0 {
		l.sums = append(l.sums, sum)
	}
	return l.taken.Add(e.Memory() + len(sum))
}

func (l *listReader) attributes(flags uint32) (hostfiles.Entry, error) {
	e, in := l.before, fields{r: l.r}
	e.More = nil
	size, at, nano, mode := in.varlong(3), seconds(e.MTime), uint32(0), wireMode(&e)
	if flags&sameTime == 0 {
		at = in.varlong(4)
	}
	if flags&hasNanoseconds != 0 {
		nano = in.varint()
	}
	if flags&sameMode == 0 {
		mode = in.uint32()
	}
	if flags&sameUID == 0 {
		e.UID = in.varint()
	}
	if flags&sameGID == 0 {
		e.GID = in.varint()
	}
	if in.err == nil && (size < 0 || nano >= uint32(time.Second)) {
		in.err = fmt.Errorf("the host's rsync lists %q with a size of %d and %d ns", l.name, size, nano)
	}
	at = min(max(at, -maxSeconds), maxSeconds)
	e.Size, e.MTime = size, at*int64(time.Second)+int64(nano)
	e.Type, e.Mode = typeOf(mode), uint16(mode&0o7777)
	if e.Type != hostfiles.File {
		e.Size = 0
	}
	return e, in.err
}

// maxSeconds is about the last time that fits into nanoseconds; further ones become it.
const maxSeconds = 1 << 33

// fields reads one field after the other, until one fails.
type fields struct {
	r   byteReader
	err error
}

func (f *fields) varlong(least int) (value int64) {
	if f.err == nil {
		value, f.err = readVarlong(f.r, least)
	}
	return value
}

func (f *fields) varint() (value uint32) {
	if f.err == nil {
		value, f.err = readVarint(f.r)
	}
	return value
}

func (f *fields) uint32() uint32 {
	var value int32
	if f.err == nil {
		value, f.err = readInt(f.r)
	}
	return uint32(value)
}

func (l *listReader) target() (*hostfiles.More, error) {
	n, err := readVarint(l.r)
	if err == nil && n > maxPath {
		err = fmt.Errorf("the host's rsync lists %q as a symlink to a name of %d bytes", l.name, n)
	}
	if err != nil {
		return nil, err
	}
	target := make([]byte, n)
	_, err = io.ReadFull(l.r, target)
	return &hostfiles.More{Target: string(target)}, err
}

func typeOf(mode uint32) hostfiles.Type {
	switch mode & typeMask {
	case 0o040000:
		return hostfiles.Folder
	case 0o120000:
		return hostfiles.Symlink
	case 0o100000:
		return hostfiles.File
	}
	return hostfiles.Special
}

// pathOf returns a name of the list as a path of the tree.
func pathOf(name string) string {
	if name == "." {
		return ""
	}
	return strings.Clone(name)
}
