package archive

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"strings"
	"syscall"
	"time"
)

const xattrPrefix = "SCHILY.xattr."

// The mode bits of a tar header beyond the permissions.
const (
	modeSetuid = 0o4000
	modeSetgid = 0o2000
	modeSticky = 0o1000
)

// newHeader describes a file as docker cp does: times in whole seconds, numeric
// owners only. ok is false for what an archive cannot contain (a socket).
func newHeader(name string, info fs.FileInfo) (hdr *tar.Header, ok bool) {
	hdr = &tar.Header{
		Format:  tar.FormatPAX,
		Name:    name,
		Mode:    headerMode(info.Mode()),
		ModTime: info.ModTime().Truncate(time.Second),
	}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		hdr.Typeflag, hdr.Size = tar.TypeReg, info.Size()
	case mode.IsDir():
		hdr.Typeflag = tar.TypeDir
		if !strings.HasSuffix(name, "/") {
			hdr.Name += "/"
		}
	case mode&fs.ModeSymlink != 0:
		hdr.Typeflag = tar.TypeSymlink
	case mode&fs.ModeNamedPipe != 0:
		hdr.Typeflag = tar.TypeFifo
	case mode&fs.ModeCharDevice != 0:
		hdr.Typeflag = tar.TypeChar
	case mode&fs.ModeDevice != 0:
		hdr.Typeflag = tar.TypeBlock
	default:
		return nil, false
	}
	if stat, has := info.Sys().(*syscall.Stat_t); has {
		hdr.Uid, hdr.Gid = int(stat.Uid), int(stat.Gid)
		if hdr.Typeflag == tar.TypeChar || hdr.Typeflag == tar.TypeBlock {
			hdr.Devmajor, hdr.Devminor = deviceNumbers(stat)
		}
	}
	return hdr, true
}

func headerMode(mode fs.FileMode) int64 {
	bits := int64(mode.Perm())
	if mode&fs.ModeSetuid != 0 {
		bits |= modeSetuid
	}
	if mode&fs.ModeSetgid != 0 {
		bits |= modeSetgid
	}
	if mode&fs.ModeSticky != 0 {
		bits |= modeSticky
	}
	return bits
}

// headerBlocks returns the blocks of one header. The caller writes the content after it,
// padded to whole blocks.
func headerBlocks(hdr *tar.Header) ([]byte, error) {
	var blocks bytes.Buffer
	blocks.Grow(blockLength)
	// A writer for each header: the content does not go through it.
	err := tar.NewWriter(&blocks).WriteHeader(hdr)
	return blocks.Bytes(), err
}

// padding returns how many bytes complete the last block.
func padding(size int64) int64 { return -size & (blockLength - 1) }
