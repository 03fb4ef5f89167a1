package secret

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hidden is a region of memfd_secret(2) pages: locked, and unmapped from the kernel's own address space, so that neither ptrace, /proc/PID/mem,
// a core dump nor the swap sees them.
type hidden struct {
	whole unsafe.Pointer // guard page, pages, guard page
	count int            // pages between the guards
}

// kernelHides says whether the kernel offers memfd_secret; it needs Linux 5.14 and, before 6.5, a boot parameter.
var kernelHides = sync.OnceValue(func() bool {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if err != nil {
		return false
	}
	return unix.Close(fd) == nil
})

// allocate prefers memfd_secret and falls back to memguard where the kernel lacks it.
func allocate(count int) (*region, error) {
	if kernelHides() {
		return allocateHidden(count)
	}
	return allocateGuarded(count)
}

func allocateHidden(count int) (*region, error) {
	size := uintptr(count * pageSize())
	guard := uintptr(pageSize())
	whole, err := unix.MmapPtr(-1, 0, nil, size+2*guard, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, refused("reserving guard pages", err)
	}
	if err := mapHidden(unsafe.Add(whole, guard), size); err != nil {
		if unmapErr := unix.MunmapPtr(whole, size+2*guard); unmapErr != nil {
			err = errors.Join(err, unmapErr)
		}
		return nil, err
	}
	return &region{&hidden{whole: whole, count: count}}, nil
}

// mapHidden puts secret pages over the reserved ones; the mapping keeps them alive after the descriptor is closed.
func mapHidden(at unsafe.Pointer, size uintptr) error {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if err != nil {
		return refused("memfd_secret", err)
	}
	err = unix.Ftruncate(fd, int64(size)) //nolint:gosec // size is at most MaxLen rounded up
	if err == nil {
		_, err = unix.MmapPtr(fd, 0, at, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_FIXED)
	}
	if closeErr := unix.Close(fd); err == nil {
		err = closeErr
	}
	if err != nil {
		return refused("mapping secret pages", err)
	}
	return nil
}

// refused is ErrExhausted when the kernel ran into the limit on locked memory, mappings or descriptors.
func refused(what string, err error) error {
	for _, limit := range []error{unix.EAGAIN, unix.ENOMEM, unix.EMFILE, unix.ENFILE, unix.EPERM} {
		if errors.Is(err, limit) {
			return fmt.Errorf("%w (%s: %v)", ErrExhausted, what, err)
		}
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (h *hidden) bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Add(h.whole, pageSize())), h.count*pageSize())
}

func (h *hidden) protect(writable bool) error {
	prot := unix.PROT_READ
	if writable {
		prot |= unix.PROT_WRITE
	}
	return unix.Mprotect(h.bytes(), prot)
}

func (h *hidden) free() {
	if unix.MunmapPtr(h.whole, uintptr((h.count+2)*pageSize())) != nil {
		return // already wiped; address space that cannot be returned is only lost
	}
}
