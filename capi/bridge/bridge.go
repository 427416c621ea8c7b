package bridge

import (
	"context"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// Bridge is the library's state: what is open, and what can be called.
type Bridge struct {
	registry core.Registry
	options  core.OptionsReader
	methods  map[string]method
	queues   handles[*Queue]
	clients  handles[core.DockerClient]
	open     openClients
	ops      handles[*Op]
	warnings warnings
}

// New makes a bridge over the given backends, and over what reads docker's options.
func New(registry core.Registry, options core.OptionsReader) *Bridge {
	b := &Bridge{registry: registry, options: options}
	b.methods = b.table()
	return b
}

// QueueOpen implements mlng_queue_open.
func (b *Bridge) QueueOpen() (handle uint64, fd int, status Status) {
	q, err := newQueue()
	if err != nil {
		return 0, -1, EInval // no descriptor left: nothing else can fail here
	}
	return b.queues.add(q), q.wake.readable(), OK
}

// QueueRead implements mlng_queue_read.
func (b *Bridge) QueueRead(handle uint64, dst []byte) (n, need int, status Status) {
	q, ok := b.queues.get(handle)
	if !ok {
		return 0, 0, EHandle
	}
	return q.read(dst)
}

// QueueClose implements mlng_queue_close.
func (b *Bridge) QueueClose(handle uint64) Status {
	q, ok := b.queues.take(handle)
	if !ok {
		return EHandle
	}
	q.close()
	return OK
}

// Submit implements mlng_submit. It keeps request and blob: the caller copied them.
func (b *Bridge) Submit(queue, client, tag uint64, name string, request, blob []byte) (uint64, Status) {
	q, ok := b.queues.get(queue)
	if !ok {
		return 0, EHandle
	}
	var docker core.DockerClient
	if client != 0 {
		if docker, ok = b.clients.get(client); !ok {
			return 0, EHandle
		}
	}
	op := newOp(q, tag)
	if !q.add(op) {
		return 0, EClosed
	}
	handle := b.ops.add(op)
	op.handle.Store(handle)
	if len(blob) > 0 {
		op.input.write(blob)
	}
	call := &call{bridge: b, op: op, client: docker, clientHandle: client, name: name, request: request, hasBlob: len(blob) > 0}
	guard.Go(func() {
		result, err := call.run(op.ctx)
		b.warnings.tell(call.client, op)
		op.finish(result, err, b.release)
	}, func(p *guard.Panic) { op.finish(nil, p, b.release) })
	return handle, OK
}

func (b *Bridge) release(handle uint64) { b.ops.take(handle) }

// OpCancel implements mlng_op_cancel.
func (b *Bridge) OpCancel(handle uint64) Status {
	return b.withOp(handle, func(op *Op) Status { op.cancel(nil); return OK })
}

// OpWrite implements mlng_op_write.
func (b *Bridge) OpWrite(handle uint64, p []byte) Status {
	return b.withOp(handle, func(op *Op) Status { return op.input.write(p) })
}

// OpGrant implements mlng_op_grant.
func (b *Bridge) OpGrant(handle, n uint64) Status {
	return b.withOp(handle, func(op *Op) Status { op.credit.grant(n); return OK })
}

func (b *Bridge) withOp(handle uint64, do func(*Op) Status) Status {
	op, ok := b.ops.get(handle)
	if !ok {
		return EHandle
	}
	return do(op)
}

// closeClient ends a client's handle and its connection.
func (b *Bridge) closeClient(_ context.Context, handle uint64) error {
	defer b.open.closing(handle)()
	client, ok := b.clients.take(handle)
	if !ok {
		return core.ClosedError()
	}
	b.warnings.forget(client)
	return client.Close()
}
