package secret

import (
	"os"
	"sync"
)

// maxLive bounds the live secrets of the process; an unlocked vault holds a few dozen.
const maxLive = 1024

// keepFree is how many wiped one-page regions wait for reuse: mapping secret pages is a hundred times dearer than wiping one.
const keepFree = 32

// region is a run of whole pages between two guard pages. It starts writable.
type region struct {
	memory interface {
		bytes() []byte
		protect(writable bool) error
		free()
	}
}

func (r *region) bytes() []byte   { return r.memory.bytes() }
func (r *region) writable() error { return r.memory.protect(true) }
func (r *region) readOnly() error { return r.memory.protect(false) }
func (r *region) wipe() bool {
	if r.memory.protect(true) != nil {
		return false
	}
	clear(r.memory.bytes())
	return true
}

// pool hands out regions, counts them, and keeps a few wiped ones for reuse.
type pool struct {
	mu    sync.Mutex
	live  int       // regions handed out; guarded by mu
	limit int       // most live regions; guarded by mu
	spare []*region // wiped, one page each; guarded by mu
	alloc func(pages int) (*region, error)
}

// pages is the one pool of the process: locked memory is counted per process by the kernel too.
var pages = &pool{limit: maxLive, alloc: allocate}

func (p *pool) take(n int) (*region, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live >= p.limit {
		return nil, ErrExhausted
	}
	r, err := p.find(pageCount(n))
	if err != nil {
		return nil, err
	}
	if err := r.readOnly(); err != nil {
		r.memory.free()
		return nil, ErrExhausted
	}
	p.live++
	return r, nil
}

// find reuses a wiped page or maps new ones; when the system refuses, the spare pages are given back before asking once more.
func (p *pool) find(count int) (*region, error) {
	if last := len(p.spare) - 1; count == 1 && last >= 0 {
		r := p.spare[last]
		p.spare = p.spare[:last]
		return r, nil
	}
	r, err := p.alloc(count)
	if err != nil && len(p.spare) > 0 {
		p.dropSpare()
		r, err = p.alloc(count)
	}
	return r, err
}

func (p *pool) dropSpare() {
	for _, r := range p.spare {
		r.memory.free()
	}
	p.spare = nil
}

func (p *pool) give(r *region) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live--
	if r.wipe() && len(r.bytes()) == pageSize() && len(p.spare) < keepFree {
		p.spare = append(p.spare, r)
		return
	}
	r.memory.free()
}

func pageSize() int { return os.Getpagesize() }

func pageCount(n int) int { return (n + pageSize() - 1) / pageSize() }

// Live is the number of secrets held now, for tests that look for leaks and for the report on memory.
func Live() int {
	pages.mu.Lock()
	defer pages.mu.Unlock()
	return pages.live
}
