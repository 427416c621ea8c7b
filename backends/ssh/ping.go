package ssh

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"sync"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// ping makes a request that changes nothing: what answers it is an engine.
func ping(conn net.Conn) error {
	request, err := http.NewRequest(http.MethodHead, "http://docker.invalid/_ping", nil)
	if err != nil {
		return err
	}
	if err := request.Write(conn); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// pinged is a stream over which a ping was sent before it was known whether this is the
// engine to use: that saves the first connection a round trip. The HTTP client's own first
// ping gets the answer. If the client begins with another request, the answer is dropped.
type pinged struct {
	*sshconn.Stream
	begin  sync.Once
	begun  chan struct{} // closed by the first Write
	close  sync.Once
	closed chan struct{}
	unused bool // the answer is to be dropped; only the reader uses it after begun
}

const pingAhead = "HEAD /_ping HTTP/1.1\r\nHost: docker.invalid\r\nUser-Agent: ml_nexus_go\r\n\r\n"

// sendPing does not wait for the answer.
func sendPing(stream *sshconn.Stream) *pinged {
	_, _ = stream.Write([]byte(pingAhead)) // whoever uses the stream gets its errors
	return &pinged{Stream: stream, begun: make(chan struct{}), closed: make(chan struct{})}
}

func (p *pinged) Write(b []byte) (n int, err error) {
	defer guard.Recover(&err)
	answered := false
	p.begin.Do(func() {
		answered = bytes.HasPrefix(b, []byte("HEAD /_ping ")) && bytes.HasSuffix(b, []byte("\r\n\r\n"))
		p.unused = !answered
		close(p.begun)
	})
	if answered {
		return len(b), nil
	}
	return p.Stream.Write(b)
}

// Read waits for the first Write: an answer before its request would be an error.
func (p *pinged) Read(b []byte) (n int, err error) {
	defer guard.Recover(&err)
	select {
	case <-p.begun:
	case <-p.closed:
		return 0, net.ErrClosed
	}
	if p.unused {
		if err := p.dropAnswer(); err != nil {
			return 0, err
		}
		p.unused = false
	}
	return p.Stream.Read(b)
}

// Close also ends a Read that waits for the first Write.
func (p *pinged) Close() error {
	p.close.Do(func() { close(p.closed) })
	return p.Stream.Close()
}

// dropAnswer reads a header, which is the whole answer to a HEAD request.
func (p *pinged) dropAnswer() error {
	var last [4]byte
	for !bytes.Equal(last[:], []byte("\r\n\r\n")) {
		copy(last[:], last[1:])
		if n, err := p.Stream.Read(last[3:]); n == 0 && err != nil {
			return err
		}
	}
	return nil
}
