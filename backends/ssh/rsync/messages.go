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
	// The temporary name of x is .x.AbCdEf.
	temporary = regexp.MustCompile(`(?s)^(.*/)?\.([^/]+)\.[A-Za-z0-9]{6}$`)
)

// message handles a message of the receiver.
func (s *sender) message(kind int, payload []byte) {
	switch kind {
	case frameErrorExit:
		// The receiver has said why. It accepts no more, and waits for us to end.
		if len(payload) == 4 {
			s.exit.Store(int32(binary.LittleEndian.Uint32(payload)))
			s.in.end(errReceiverEnds)
			s.out.abort()
		}
	case frameErrorXfer, frameError:
		text := strings.TrimSuffix(string(payload), "\n")
		s.line(text)
		s.keep(text)
	case frameWarning, frameInfo:
		s.line(strings.TrimSuffix(string(payload), "\n"))
	}
}

var errReceiverEnds = errors.New("the host's rsync ends")

// listen keeps what is printed to stderr, for the error of a session that failed: there the
// receiver prints before the greeting, and other programs at any time.
func (s *sender) listen(r io.Reader) (done chan struct{}) {
	done = make(chan struct{})
	guard.Go(func() {
		defer close(done)
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxLine)
		for lines.Scan() {
			s.keep(lines.Text())
		}
		_, _ = io.Copy(io.Discard, r)
	}, nil)
	return done
}

func (s *sender) keep(text string) {
	s.saidMu.Lock()
	defer s.saidMu.Unlock()
	if len(s.said) < maxSaid {
		s.said = append(s.said, strings.Clone(text[:min(len(text), maxComplaint)]))
	}
}

func (s *sender) complaints() string {
	s.saidMu.Lock()
	defer s.saidMu.Unlock()
	return strings.Join(s.said, "; ")
}

const (
	maxLine      = 64 << 10
	maxSaid      = 20 // lines
	maxComplaint = 4 << 10
	maxErrno     = 4095 // of Linux
)

func (s *sender) line(text string) {
	if m := notEmpty.FindStringSubmatch(text); m != nil {
		s.notEmpty.Do(m[1], func() {
			s.Issues.Add(m[1], core.IssueNotEmpty, "the folder holds what must not be deleted")
		})
		return
	}
	m := failure.FindStringSubmatch(text)
	if m == nil {
		return // summaries
	}
	path := m[2]
	if s.Destination != "" {
		path = strings.TrimPrefix(strings.TrimPrefix(path, strings.TrimSuffix(s.Destination, "/")), "/")
	}
	if t := temporary.FindStringSubmatch(path); t != nil {
		path = t[1] + t[2]
	}
	number, err := strconv.Atoi(m[5])
	if err != nil || number > maxErrno {
		return
	}
	if err := s.Issues.Fail(path, &remoteError{what: m[1], reason: fileerr.FromLinux(int64(number))}); err != nil {
		s.fatal.CompareAndSwap(nil, &err)
	}
}

// remoteError is a failure of a call on the host.
type remoteError struct {
	what   string
	reason error
}

func (r *remoteError) Error() string { return r.what + ": " + r.reason.Error() }
func (r *remoteError) Unwrap() error { return r.reason }
