package secret

import (
	"fmt"

	"github.com/awnumar/memcall"
	"github.com/awnumar/memguard"
)

// guarded is a region from memguard: mlocked (VirtualLock on Windows) between guard pages.
type guarded struct{ buffer *memguard.LockedBuffer }

// allocateGuarded takes pages from memguard. memguard wipes every buffer of the process and panics when the system refuses memory, so the same
// request is first tried with calls that return errors; the pool's lock keeps others from taking the memory in between.
func allocateGuarded(count int) (r *region, err error) {
	if err := rehearse(count * pageSize()); err != nil {
		return nil, err
	}
	defer func() {
		if cause := recover(); cause != nil {
			r, err = nil, fmt.Errorf("%w (%v)", ErrExhausted, cause)
		}
	}()
	buffer := memguard.NewBuffer(count * pageSize())
	if buffer.Size() == 0 {
		return nil, ErrExhausted
	}
	return &region{&guarded{buffer}}, nil
}

// rehearse allocates and locks n bytes (two pages more than needed, for memguard's guards) and gives them back.
func rehearse(n int) error {
	room, err := memcall.Alloc(n + 2*pageSize())
	if err != nil {
		return fmt.Errorf("%w (%v)", ErrExhausted, err)
	}
	if err := memcall.Lock(room[:n]); err != nil {
		if freeErr := memcall.Free(room); freeErr != nil {
			return fmt.Errorf("%w (%v, %v)", ErrExhausted, err, freeErr)
		}
		return fmt.Errorf("%w (%v)", ErrExhausted, err)
	}
	if err := memcall.Unlock(room[:n]); err != nil {
		return fmt.Errorf("%w (%v)", ErrExhausted, err)
	}
	if err := memcall.Free(room); err != nil {
		return fmt.Errorf("%w (%v)", ErrExhausted, err)
	}
	return nil
}

func (g *guarded) bytes() []byte { return g.buffer.Bytes() }

func (g *guarded) protect(writable bool) error {
	if !g.buffer.IsAlive() {
		return ErrDestroyed
	}
	if writable {
		g.buffer.Melt()
	} else {
		g.buffer.Freeze()
	}
	return nil
}

func (g *guarded) free() { g.buffer.Destroy() }
