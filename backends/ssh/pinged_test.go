package ssh

import (
	"bufio"
	"net/http"
	"testing"

	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// The engine is where it usually is: the stream comes with a ping's answer.
func TestFirstStreamIsPingedAhead(t *testing.T) {
	state := bed.Load(t)
	for name, methods := range map[string][]string{
		"ping first":         {http.MethodHead, http.MethodGet},
		"begins differently": {http.MethodGet, http.MethodHead},
	} {
		t.Run(name, func(t *testing.T) {
			c := connection(t, options(t, state.SSHD(t, "sshd-env"), "mlng-env", ""))
			c.usual = state.Engine(t, "engine-new").Socket
			conn, err := c.DialEngine(timeout(t))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, ok := conn.(*pinged); !ok {
				t.Fatalf("the stream is a %T", conn)
			}
			in := bufio.NewReader(conn)
			for _, method := range methods {
				request, _ := http.NewRequest(method, "http://docker.invalid/_ping", nil)
				if err := request.Write(conn); err != nil {
					t.Fatal(err)
				}
				response, err := http.ReadResponse(in, request)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
				if response.Header.Get("Api-Version") == "" || response.Request.Method != method {
					t.Errorf("%s was answered by %v", method, response)
				}
			}
		})
	}
}

func TestPingedStreamCanBeClosedBeforeUse(t *testing.T) {
	state := bed.Load(t)
	c := connection(t, options(t, state.SSHD(t, "sshd-env"), "mlng-env", ""))
	c.usual = state.Engine(t, "engine-new").Socket
	conn, err := c.DialEngine(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error, 1)
	go func() { _, err := conn.Read(make([]byte, 1)); read <- err }()
	_ = conn.Close()
	if err := <-read; err == nil {
		t.Error("a read of a closed stream gave something")
	}
}
