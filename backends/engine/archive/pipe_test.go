package archive

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

// pieces3 returns three pieces and then the end, or another error.
func pieces3(end error) func(room []byte) (int, error) {
	n := 0
	return func(room []byte) (int, error) {
		if n++; n > 3 {
			return 0, end
		}
		return copy(room, "content"), nil
	}
}

func TestPipePassesContent(t *testing.T) {
	for name, read := range map[string]func(p *pipe) ([]byte, error){
		"Read":    func(p *pipe) ([]byte, error) { return io.ReadAll(struct{ io.Reader }{p}) },
		"WriteTo": func(p *pipe) ([]byte, error) { var b bytes.Buffer; _, err := p.WriteTo(&b); return b.Bytes(), err },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPipe()
			passed := make(chan error, 1)
			go func() {
				_, _ = p.Write([]byte("before "))
				err := p.pass(pieces3(io.EOF))
				_, _ = p.Write([]byte(" after"))
				p.finish(err)
				passed <- err
			}()
			if got, err := read(p); string(got) != "before contentcontentcontent after" || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
			if err := <-passed; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPipePassesErrors(t *testing.T) {
	broken := errors.New("the disk is broken")
	for _, c := range []struct {
		name  string
		fetch func([]byte) (int, error)
		right func(error) bool
	}{
		{"an error", pieces3(broken), func(err error) bool { return errors.Is(err, broken) }},
		{"a panic", func([]byte) (int, error) { panic("in fetch") }, func(err error) bool { return core.KindOf(err) == core.KindInternalError }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPipe()
			go func() { p.finish(p.pass(c.fetch)) }()
			if _, err := io.ReadAll(p); !c.right(err) {
				t.Error(err)
			}
		})
	}
}

// TestPipeIsLeft: once pass has returned, nothing is fetched any more, though the reader
// was in the middle of it.
func TestPipeIsLeft(t *testing.T) {
	p := newPipe()
	fetching, goOn := make(chan struct{}), make(chan struct{})
	passed := make(chan error, 1)
	go func() {
		passed <- p.pass(func(room []byte) (int, error) {
			close(fetching) // a second fetch would panic
			<-goOn
			return len(room), nil
		})
	}()
	read := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, p)
		read <- err
	}()
	<-fetching
	p.close()
	select {
	case <-passed:
		t.Fatal("pass returned while its content was read")
	default:
	}
	close(goOn)
	if err := <-passed; !errors.Is(err, errPipeClosed) {
		t.Error(err)
	}
	if err := <-read; !errors.Is(err, errPipeClosed) {
		t.Error(err)
	}
}
