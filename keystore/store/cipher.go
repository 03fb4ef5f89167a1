package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
	lukeadiantum "lukechampine.com/adiantum"
	"lukechampine.com/adiantum/hbsh"

	"holdfast/internal/secret"
)

// KeySize is the length of a database key: Adiantum takes 32 bytes.
const KeySize = 32

// cipher gives SQLite's file layer its keys by handle. What appears in URIs and SQL is a handle, a word; the key stays in locked memory, where the
// page cipher reads it in place.
type cipher struct {
	name string // of the registered VFS
	mu   sync.Mutex
	keys map[string]*lentKey // by handle; guarded by mu
}

var _ adiantum.HBSHCreator = (*cipher)(nil)

// lentKey is a database key lent to page ciphers until it is returned. They keep the slice, so the loan lasts as long as they may run.
type lentKey struct {
	key  []byte // inside the locked memory of own
	own  *secret.Bytes
	over chan struct{} // closed to end the loan
	done chan struct{} // closed when it has ended
}

// lend copies key into locked memory of its own and keeps it exposed until giveBack.
func lend(key *secret.Bytes) (*lentKey, error) {
	if key.Len() != KeySize {
		return nil, fmt.Errorf("database key of %d bytes: must be %d", key.Len(), KeySize)
	}
	own, err := key.Clone()
	if err != nil {
		return nil, fmt.Errorf("database key: %w", err)
	}
	l := &lentKey{own: own, over: make(chan struct{}), done: make(chan struct{})}
	ready := make(chan error, 1)
	go func() {
		defer close(l.done)
		err := own.Expose(func(p []byte) error {
			l.key = p
			ready <- nil
			<-l.over
			return nil
		})
		if err != nil {
			ready <- err
		}
	}()
	if err := <-ready; err != nil {
		return nil, fmt.Errorf("database key: %w", err)
	}
	return l, nil
}

// giveBack ends the loan and wipes the key. No page cipher may run any more.
func (l *lentKey) giveBack() {
	close(l.over)
	<-l.done
	l.own.Destroy()
}

// register makes a VFS for one open vault, with its own cipher.
func register() (*cipher, error) {
	var tail [12]byte
	if _, err := rand.Read(tail[:]); err != nil {
		return nil, fmt.Errorf("naming the database's file layer: %w", err)
	}
	c := &cipher{name: fmt.Sprintf("holdfast-%x", tail), keys: map[string]*lentKey{}}
	vfs.Register(c.name, adiantum.Wrap(roomVFS{vfs.Find("")}, c))
	return c, nil
}

// add makes a key known under a handle.
func (c *cipher) add(handle string, key *secret.Bytes) error {
	l, err := lend(key)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys[handle] != nil {
		l.giveBack()
		return errors.New("another snapshot is being made")
	}
	c.keys[handle] = l
	return nil
}

// drop forgets and wipes the key of a handle.
func (c *cipher) drop(handle string) {
	c.mu.Lock()
	l := c.keys[handle]
	delete(c.keys, handle)
	c.mu.Unlock()
	if l != nil {
		l.giveBack()
	}
}

// close takes the VFS away and wipes every key.
func (c *cipher) close() {
	vfs.Unregister(c.name)
	c.mu.Lock()
	defer c.mu.Unlock()
	for handle, l := range c.keys {
		delete(c.keys, handle)
		l.giveBack()
	}
}

// KDF implements adiantum.HBSHCreator: the secret in the URI is a handle and stays one. Without one, for a temporary file, it makes a random key.
func (c *cipher) KDF(handle string) []byte {
	if handle != "" {
		return []byte(handle)
	}
	key := make([]byte, KeySize)
	if _, err := rand.Read(key); err != nil {
		return nil
	}
	return key
}

// HBSH implements adiantum.HBSHCreator: the cipher of a handle's key, or of a temporary file's random one; nil for anything else.
func (c *cipher) HBSH(handle []byte) *hbsh.HBSH {
	c.mu.Lock()
	l := c.keys[string(handle)]
	c.mu.Unlock()
	if l != nil {
		return lukeadiantum.New(l.key)
	}
	if len(handle) == KeySize {
		return lukeadiantum.New(handle)
	}
	return nil
}
