package rsync

import (
	"context"
	"io/fs"
	"sync"

	"github.com/proboscis/ml_nexus_go/backends/hostfiles"
	"github.com/proboscis/ml_nexus_go/core/guard"
)

// request is a file that the sender was asked for.
type request struct {
	ndx    int32
	wanted int
	basis  basis // without sums; no blocks where the file is to come whole
}

// rounds is how often a file is asked for: again, and then whole, where what came does not
// have its checksum.
const rounds = 2

// Receive gets files of the list as hostfiles.Batch says. stopped is the error of take that
// ended it, and err the session's own.
func (s *Receiver) Receive(wanted []hostfiles.Wanted, take func(i int, content hostfiles.Content) error) (stopped, err error) {
	requests, err := s.number(wanted)
	if err != nil {
		return nil, err
	}
	round := 0
	for ; round < rounds && len(requests) > 0; round++ {
		r := &receiving{Receiver: s, wanted: wanted, take: take, last: round == rounds-1, pending: map[int32]*request{}}
		if requests, err = r.run(requests); err != nil || r.stopped != nil {
			return r.stopped, err
		}
	}
	return nil, s.goodbye(round)
}

// number finds the numbers of what is wanted.
func (s *Receiver) number(wanted []hostfiles.Wanted) ([]*request, error) {
	at := make(map[string]int, len(wanted))
	for i := range wanted {
		at[wanted[i].Path] = i
	}
	requests := make([]*request, 0, len(wanted))
	for ndx := range s.listed {
		e := &s.listed[ndx]
		if i, is := at[e.Path]; is && e.Type == hostfiles.File {
			requests = append(requests, &request{ndx: int32(ndx), wanted: i})
		}
	}
	if len(requests) != len(wanted) {
		return nil, fs.ErrInvalid
	}
	return requests, nil
}

// receiving is one round: all requests, and all answers.
type receiving struct {
	*Receiver
	wanted  []hostfiles.Wanted
	take    func(i int, content hostfiles.Content) error
	last    bool
	again   []*request
	stopped error // of take

	mu      sync.Mutex
	pending map[int32]*request
	missing map[int32]bool
}

func (r *receiving) run(requests []*request) (again []*request, err error) {
	r.peer.setNotSent(func(ndx int32) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.pending[ndx] != nil {
			if r.missing == nil {
				r.missing = map[int32]bool{}
			}
			r.missing[ndx] = true
		}
	})
	asked := make(chan struct{})
	var asking error
	guard.Go(func() {
		defer close(asked)
		if p := guard.Call(func() { asking = r.ask(requests) }); p != nil {
			asking = p
		}
		if asking != nil {
			r.in.end(asking)
		}
	}, nil)
	err = r.answers()
	if err != nil {
		r.out.abort()
	}
	<-asked
	switch {
	case r.stopped != nil:
		return nil, nil
	case r.ctx.Err() != nil:
		return nil, context.Cause(r.ctx)
	case err != nil:
		return nil, r.explain(err)
	}
	return r.again, r.absent()
}

// ask sends the requests, and that there are no more.
func (r *receiving) ask(requests []*request) error {
	for i, one := range requests {
		if err := context.Cause(r.ctx); err != nil {
			return err
		}
		if err := r.askFor(one); err != nil {
			return err
		}
		if i%flushEvery == flushEvery-1 {
			if err := r.out.flush(); err != nil {
				return err
			}
		}
	}
	if _, err := r.out.Write(r.sends.append(nil, ndxDone)); err != nil {
		return err
	}
	return r.out.flush()
}

// flushEvery is after how many requests they are sent: the sender begins meanwhile.
const flushEvery = 64

func (r *receiving) askFor(one *request) error {
	var have *blocks
	if open := r.wanted[one.wanted].Basis; open != nil && !r.last {
		if file, err := open(); err == nil {
			defer file.Close()
			have = blocksOf(file, r.sum.size)
		}
	}
	one.basis = basis{}
	if have != nil {
		one.basis = have.basis
	}
	r.mu.Lock()
	r.pending[one.ndx] = one
	r.mu.Unlock()
	write := func(b []byte) error {
		_, err := r.out.Write(b)
		return err
	}
	if err := write(appendShort(r.sends.append(nil, one.ndx), itemTransfer)); err != nil {
		return err
	}
	if have == nil {
		return write(one.basis.head())
	}
	return have.sums(r.ctx, func(data []byte) []byte { return r.sum.block(r.seed, data) }, write)
}

// answers takes what comes, until the sender says that it is done.
func (r *receiving) answers() error {
	for {
		ndx, err := r.reads.read(r.r)
		if err != nil {
			return noEOF(err)
		}
		if ndx == ndxDone {
			return nil
		}
		if err := r.answer(ndx); err != nil {
			return err
		}
	}
}

func (r *receiving) answer(ndx int32) error {
	r.mu.Lock()
	one := r.pending[ndx]
	delete(r.pending, ndx)
	r.mu.Unlock()
	if one == nil {
		return wrong("entry %d of %d, which it was not asked for", ndx, len(r.listed))
	}
	if err := r.header(one); err != nil {
		return err
	}
	c := r.content(one)
	defer c.close()
	err := r.take(one.wanted, c)
	switch {
	case c.broken():
		return c.err
	case err != nil:
		r.stopped = err
		return err
	}
	if err := c.drain(); err != nil {
		return err
	}
	if c.differs && !r.last {
		r.again = append(r.again, one)
	}
	return nil
}

// header reads what is before a file's content, and repeats the request.
func (r *receiving) header(one *request) error {
	flags, err := readShort(r.r)
	if err != nil {
		return noEOF(err)
	}
	if flags&itemTransfer == 0 || flags&(itemBasisFollows|itemNameFollows) != 0 {
		return wrong("the flags %#x for the content of %q", flags, r.listed[one.ndx].Path)
	}
	for _, want := range []int32{one.basis.count, one.basis.length, one.basis.strongSize, one.basis.remainder} {
		got, err := readInt(r.r)
		if err != nil {
			return noEOF(err)
		}
		if got != want {
			return wrong("blocks for %q that it was not asked with", r.listed[one.ndx].Path)
		}
	}
	return nil
}

// absent handles the files that did not come.
func (r *receiving) absent() error {
	for ndx, one := range r.pending {
		path := r.listed[ndx].Path
		if !r.missing[ndx] {
			return r.explain(wrong("no content of %q", path))
		}
		c := &content{err: fs.ErrNotExist}
		if r.reported.has(path) {
			c.err = hostfiles.ErrReported
		}
		if r.stopped = r.take(one.wanted, c); r.stopped != nil {
			return nil
		}
	}
	return nil
}
