package derive

import (
	"encoding/binary"
	"fmt"
)

const (
	keySize = 32

	// hardened is added to a step's number: such a child cannot be computed from its parent's public half.
	hardened = 1 << 31

	// minSeed and maxSeed bound a seed, in bytes, as SLIP-0010 says (128 to 512 bits).
	minSeed, maxSeed = 16, 64

	// maxRetries bounds the loops of SLIP-0010 that try again when a hash is not a key. For nist256p1 that happens once in 2^32 hashes, for
	// secp256k1 once in 2^127, so the bound is never met.
	maxRetries = 64
)

// raw is a node of a tree as SLIP-0010 has it: 32 bytes of private key, then 32 bytes of chain code.
type raw [NodeSize]byte

// fromSeed sets r to the master node of the curve's tree (SLIP-0010, "Master key generation").
func (r *raw) fromSeed(f *family, seed []byte) error {
	if len(seed) < minSeed || len(seed) > maxSeed {
		return fmt.Errorf("a seed of %d bytes: must be %d to %d", len(seed), minSeed, maxSeed)
	}
	var m mac
	defer m.wipe()
	m.set([]byte(f.seedKey))
	out := (*[macSize]byte)(r)
	m.sum(out, seed)
	for range maxRetries {
		if f.isKey(r[:keySize]) {
			return nil
		}
		m.sum(out, r[:])
	}
	clear(r[:])
	return fmt.Errorf("the seed gives no key on %s", f.curve)
}

// walk replaces r by its hardened descendant.
func (r *raw) walk(f *family, path []uint32) error {
	for i, step := range path {
		if step >= hardened {
			return fmt.Errorf("step %d of the path is %d: must be below 2^31", i+1, step)
		}
		var data childData
		copy(data[1:], r[:keySize])
		binary.BigEndian.PutUint32(data[1+keySize:], step|hardened)
		if err := r.child(f, &data); err != nil {
			return fmt.Errorf("step %d of the path: %w", i+1, err)
		}
	}
	return nil
}

// childData is what a child is hashed from: a leading byte and 32 bytes of key, then the child's number.
type childData [1 + keySize + 4]byte

// child replaces r by its child (SLIP-0010, "Private parent key -> private child key") and clears data.
func (r *raw) child(f *family, data *childData) error {
	defer clear(data[:])
	var m mac
	defer m.wipe()
	m.set(r[keySize:])
	var out raw
	defer clear(out[:])
	for range maxRetries {
		m.sum((*[macSize]byte)(&out), data[:])
		if f.addParent(out[:keySize], r[:keySize]) {
			*r = out
			return nil
		}
		data[0] = 1
		copy(data[1:], out[keySize:])
	}
	return fmt.Errorf("no child on %s", f.curve)
}

// isKey says whether b is a private key of the curve. On the two Montgomery and Edwards curves every 32 bytes are.
func (f *family) isKey(b []byte) bool {
	if f.order == nil {
		return true
	}
	var k scalar
	defer clear(k[:])
	k.read(b)
	return k.isKey(f.order)
}

// addParent turns the left half of a child's hash into the child's key and says whether that is one. Where keys are numbers the parent's is added;
// where they are strings of bytes the hash is the key.
func (f *family) addParent(left, parent []byte) bool {
	if f.order == nil {
		return true
	}
	var k, p scalar
	defer clear(k[:])
	defer clear(p[:])
	k.read(left)
	p.read(parent)
	// A left half of zero would be allowed and give the parent's key back; only being too large and a sum of zero are refused.
	d, less := k.minus(f.order)
	clear(d[:])
	if less == 0 {
		return false
	}
	k.add(&p, f.order)
	if !k.isKey(f.order) {
		return false
	}
	k.write(left)
	return true
}
