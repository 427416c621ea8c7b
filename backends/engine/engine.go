package engine

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/client"

	"github.com/proboscis/ml_nexus_go/backends/engine/dockerconfig"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Dial opens one byte stream to the engine. Its errors are *core.Error.
type Dial func(ctx context.Context) (net.Conn, error)

// Options say how an Engine reaches its engine and for whom it works.
type Options struct {
	// Target is the target as the user wrote it, for messages.
	Target string
	Dial   Dial
	// DaemonHost is the engine's address as the docker CLI writes it (unix://...);
	// it selects proxy settings from docker's config file.
	DaemonHost string
	// CloseTransport ends what Dial uses; nil where there is nothing to end.
	CloseTransport func() error
	// ConfigFile is docker's config.json as loaded for the user; nil means empty.
	ConfigFile *configfile.ConfigFile
	Open       core.OpenRequest
	// ExactLogs gives attached runs a log that is byte for byte what they wrote, so
	// that their output can go on after a lost line.
	ExactLogs bool
	// HostFiles are the files on the engine's host; nil goes through the engine.
	HostFiles core.HostFiles
}

// Engine is a core.DockerClient. Make it with New.
type Engine struct {
	opts    Options
	api     *client.Client
	logins  *dockerconfig.Logins
	labels  map[string]string
	starts  *startGate
	outputs attachedOutputs
	// endPatience is how long a process must be missing before its end counts as lost.
	endPatience time.Duration
	short       chan struct{} // places for requests that are answered at once

	host          hostSupport
	negotiated    atomic.Bool
	underWay      atomic.Int64               // operations between begin and its end
	silentAt      atomic.Pointer[time.Time]  // when a clean-up gave up waiting for an answer
	away          atomic.Pointer[core.Error] // why no connection could be made; nil since one was
	question      questions
	firstPong     atomic.Pointer[types.Ping] // until a ping has used it
	classicBuilds atomic.Bool                // the engine is configured to build without BuildKit

	closeOnce sync.Once
	closed    context.Context
	setClosed context.CancelFunc
}

// Bounds on what one client does at once. Streams, and requests that wait for a
// container, have connections of their own and are not counted; see startGate.
const (
	maxIdleConnections = 16
	maxShort           = 32 // requests that are answered at once
	idleTimeout        = 90 * time.Second
)

// New makes a client. It uses no network; the API version is negotiated with the
// first request.
func New(opts Options) (*Engine, error) {
	if opts.ConfigFile == nil {
		opts.ConfigFile = configfile.New("")
	}
	opts.Open.Owner = completeOwner(opts.Open.Owner)
	transport := &http.Transport{
		MaxIdleConns:        maxIdleConnections,
		MaxIdleConnsPerHost: maxIdleConnections,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true,
	}
	version := client.WithAPIVersionNegotiation()
	if v := opts.Open.Environ.Get("DOCKER_API_VERSION"); v != "" {
		version = client.WithVersion(v)
	}
	wire := &http.Client{Transport: transport, CheckRedirect: client.CheckRedirect}
	api, err := client.NewClientWithOpts(
		// WithHost replaces the dialer of the transport it finds: ours comes after it.
		client.WithHost("tcp://docker.invalid"),
		client.WithHTTPClient(wire),
		client.WithScheme("http"),
		client.WithHTTPHeaders(opts.ConfigFile.HTTPHeaders),
		client.WithUserAgent("ml_nexus_go"),
		version,
	)
	if err != nil {
		return nil, core.Errorf(core.KindInternalError, "cannot make a client: %w", err)
	}
	wire.Transport = boundary{wire.Transport}
	e := &Engine{opts: opts, api: api, logins: dockerconfig.NewLogins(opts.Open.Environ), labels: ownLabels(opts.Open), short: make(chan struct{}, maxShort)}
	transport.DialContext = e.dialContext
	e.closed, e.setClosed = context.WithCancel(context.Background())
	e.starts, e.endPatience = newStartGate(e.widenStarts), endPatience
	return e, nil
}

// Target implements core.DockerClient.
func (e *Engine) Target() string { return e.opts.Target }

// API gives the engine's API to the packages that build on it.
func (e *Engine) API() *client.Client { return e.api }

// environ is the caller's environment at a call.
func (e *Engine) environ(changes core.EnvironChanges) core.Environ {
	return e.opts.Open.Environ.With(changes)
}

// Logins gives the user's logins to registries to what builds on it.
func (e *Engine) Logins() *dockerconfig.Logins { return e.logins }

// Close implements core.DockerClient.
func (e *Engine) Close() error {
	var err error
	e.closeOnce.Do(func() {
		e.setClosed()
		e.awaitEnds()
		e.forgetHost()
		err = e.api.Close()
		if e.opts.CloseTransport != nil {
			err = e.opts.CloseTransport()
		}
	})
	return err
}

// begin gives an operation's context: it ends with ctx, after timeout seconds (0
// means never), and with the client.
func (e *Engine) begin(ctx context.Context, timeoutSeconds float64) (context.Context, context.CancelFunc, error) {
	if e.closed.Err() != nil {
		return nil, nil, errClosed()
	}
	e.underWay.Add(1)
	ctx, cancel := context.WithCancelCause(ctx)
	stop := guard.OnDone(e.closed, func() { cancel(errClosed()) })
	var timer *time.Timer
	if timeoutSeconds > 0 {
		timer = guard.AfterFunc(time.Duration(timeoutSeconds*float64(time.Second)), func() {
			cancel(core.Errorf(core.KindOperationTimeout, "not done after %g s", timeoutSeconds))
		})
	}
	return patient(ctx), func() {
		stop()
		if timer != nil {
			timer.Stop()
		}
		cancel(nil)
		e.underWay.Add(-1)
	}, nil
}

// awaitEnds waits, for cleanupTime at most, for the operations of a closed client: they
// still need the transport to end what they had started.
func (e *Engine) awaitEnds() {
	late := time.Now().Add(cleanupTime)
	for e.underWay.Load() > 0 && time.Now().Before(late) {
		time.Sleep(5 * time.Millisecond)
	}
}
