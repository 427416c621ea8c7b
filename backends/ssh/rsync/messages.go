package rsync

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/fileerr"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

var (
	// rsync: [receiver] mkstemp "/data/.x.AbCdEf" failed: No space left on device (28)
	failure = regexp.MustCompile(`(?s)^rsync: (?:\[\w+\] )?(.*?) ?"(.*)"(.*?): (.*) \((\d+)\)$`)
	// cannot delete non-empty directory: x
	notEmpty = regexp.MustCompile(`(?s)^(?:cannot delete non-empty directory|could not make way for .*?): (.*)$`)
	// file has vanished: "/data/x"
	vanished = regexp.MustCompile(`(?s)^(?:file|directory) has vanished: "(.*)"$`)
	// A byte that is not printable is \#ooo.
	escaped = regexp.MustCompile(`\\#[0-3][0-7][0-7]`)
	// The temporary name of x is .x.AbCdEf.
	temporary = regexp.MustCompile(`(?s)^(.*/)?\.([^/]+)\.[A-Za-z0-9]{6}$`)
)

// message handles a message of the host's rsync.
func (p *peer) message(kind int, payload []byte) {
	switch kind {
	case frameErrorExit:
		// It has said why, accepts no more, and waits for us to end.
		if len(payload) == 4 {
			p.exit.Store(int32(binary.LittleEndian.Uint32(payload)))
			p.in.end(errPeerEnds)
			p.out.abort()
		}
	case frameIOError:
		if len(payload) == 4 {
			p.ioErrors.Or(binary.LittleEndian.Uint32(payload))
		}
	case frameNoSend:
		if do := p.notSent.Load(); do != nil && len(payload) == 4 {
			(*do)(int32(binary.LittleEndian.Uint32(payload)))
		}
	case frameErrorXfer, frameError:
		text := strings.TrimSuffix(string(payload), "\n")
		p.line(text)
		p.keep(text)
	case frameWarning, frameInfo:
		p.line(strings.TrimSuffix(string(payload), "\n"))
	}
}

var errPeerEnds = errors.New("the host's rsync ends")

// listen keeps what is printed to stderr, for the error of a session that failed: there the
// receiver prints before the greeting, and other programs at any time.
func (p *peer) listen(r io.Reader) (done chan struct{}) {
	done = make(chan struct{})
	guard.Go(func() {
		defer close(done)
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxLine)
		for lines.Scan() {
			p.keep(lines.Text())
		}
		_, _ = io.Copy(io.Discard, r)
	}, nil)
	return done
}

func (p *peer) keep(text string) {
	p.saidMu.Lock()
	defer p.saidMu.Unlock()
	if len(p.said) < maxSaid {
		p.said = append(p.said, strings.Clone(text[:min(len(text), maxComplaint)]))
	}
}

func (p *peer) complaints() string {
	p.saidMu.Lock()
	defer p.saidMu.Unlock()
	return strings.Join(p.said, "; ")
}

const (
	maxLine      = 64 << 10
	maxSaid      = 20 // lines
	maxComplaint = 4 << 10
	maxErrno     = 4095 // of Linux
)

func (p *peer) line(text string) {
	if m := notEmpty.FindStringSubmatch(text); m != nil {
		p.notEmpty.Do(m[1], func() {
			p.issues.Add(m[1], core.IssueNotEmpty, "the folder holds what must not be deleted")
		})
		return
	}
	if m := vanished.FindStringSubmatch(text); m != nil {
		path := p.relative(m[1])
		p.reported.Do(path, func() { p.issues.Add(path, core.IssueVanished, "") })
		return
	}
	m := failure.FindStringSubmatch(text)
	if m == nil {
		return // summaries
	}
	path := p.relative(m[2])
	if t := temporary.FindStringSubmatch(path); t != nil {
		path = t[1] + t[2]
	}
	number, err := strconv.Atoi(m[5])
	if err != nil || number > maxErrno {
		return
	}
	p.reported.Do(path, func() {})
	if err := p.issues.Fail(path, &remoteError{what: m[1], reason: fileerr.FromLinux(int64(number))}); err != nil {
		p.fatal.CompareAndSwap(nil, &err)
	}
}

// relative returns a path of a message as it is in the tree.
func (p *peer) relative(path string) string {
	path = escaped.ReplaceAllStringFunc(path, func(code string) string {
		n, _ := strconv.ParseUint(code[2:], 8, 8)
		return string([]byte{byte(n)})
	})
	if p.root == "" {
		return path
	}
	return strings.TrimPrefix(strings.TrimPrefix(path, strings.TrimSuffix(p.root, "/")), "/")
}

// remoteError is a failure of a call on the host.
type remoteError struct {
	what   string
	reason error
}

func (r *remoteError) Error() string { return r.what + ": " + r.reason.Error() }
func (r *remoteError) Unwrap() error { return r.reason }
