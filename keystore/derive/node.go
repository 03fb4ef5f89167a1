package derive

import (
	"fmt"

	"holdfast/internal/secret"
)

// NodeSize is the length of a node: 32 bytes of private key, then 32 bytes of chain code.
const NodeSize = 2 * keySize

// Node is a private key of one curve's tree with its chain code, in locked memory. It is safe for use by several goroutines.
type Node struct {
	family *family
	secret *secret.Bytes // NodeSize bytes, never written after the node is made
}

// FromSeed derives a node from a BIP-39 seed as Seed returns it (SLIP-0010 allows 16 to 64 bytes): master node of the curve's tree, then the path,
// every step hardened and below 2^31. An empty path gives the master node.
func FromSeed(seed *secret.Bytes, c Curve, path ...uint32) (*Node, error) {
	f, err := familyOf(c)
	if err != nil {
		return nil, err
	}
	var r raw
	defer clear(r[:])
	err = seed.Expose(func(p []byte) error { return r.fromSeed(f, p) })
	if err != nil {
		return nil, err
	}
	if err := r.walk(f, path); err != nil {
		return nil, err
	}
	return r.node(f)
}

// NewNode makes a node of the 64 bytes that Read gave, for the same curve. It copies b and leaves it as it is.
func NewNode(c Curve, b []byte) (*Node, error) {
	f, err := familyOf(c)
	if err != nil {
		return nil, err
	}
	if len(b) != NodeSize {
		return nil, fmt.Errorf("a node of %d bytes: must be %d", len(b), NodeSize)
	}
	if !f.isKey(b[:keySize]) {
		return nil, fmt.Errorf("the node holds no key of %s", c)
	}
	r := raw(b)
	defer clear(r[:])
	return r.node(f)
}

// node moves r into locked memory.
func (r *raw) node(f *family) (*Node, error) {
	s, err := secret.Move(r[:])
	if err != nil {
		return nil, err
	}
	return &Node{family: f, secret: s}, nil
}

// Curve is the curve whose tree the node is in.
func (n *Node) Curve() Curve { return n.family.curve }

// Derive returns the descendant at the hardened path; every step must be below 2^31. An empty path gives a copy.
func (n *Node) Derive(path ...uint32) (*Node, error) {
	var child *Node
	err := n.with(path, func(r *raw) error {
		var err error
		child, err = r.node(n.family)
		return err
	})
	return child, err
}

// Public returns the public key: 32 bytes for ed25519 and curve25519, 33 compressed bytes (SEC 1 section 2.3.3) for nist256p1 and secp256k1.
func (n *Node) Public() ([]byte, error) { return n.PublicAt() }

// PublicAt returns the public key of the descendant at the hardened path without keeping the descendant.
func (n *Node) PublicAt(path ...uint32) ([]byte, error) {
	var public []byte
	err := n.with(path, func(r *raw) error {
		var err error
		public, err = n.family.public(r[:keySize])
		return err
	})
	return public, err
}

// Sign returns the 64-byte signature of message: Ed25519 (RFC 8032), or R||S over SHA-256 for nist256p1 (ES256, RFC 7518 section 3.4) and secp256k1
// (ES256K, RFC 8812, deterministic by RFC 6979, S in the lower half). A curve25519 key does not sign.
func (n *Node) Sign(message []byte) ([]byte, error) {
	if n.family.sign == nil {
		return nil, fmt.Errorf("a %s key does not sign", n.family.curve)
	}
	var signature []byte
	err := n.with(nil, func(r *raw) error {
		var err error
		signature, err = n.family.sign(r[:keySize], message)
		return err
	})
	return signature, err
}

// Agree returns the 32-byte shared secret with the peer's 32-byte public key (X25519, RFC 7748). Only curve25519 keys agree; a peer whose point has
// a small order is refused.
func (n *Node) Agree(peer []byte) (*secret.Bytes, error) {
	if n.family.curve != X25519 {
		return nil, fmt.Errorf("a %s key does not agree on secrets", n.family.curve)
	}
	var shared *secret.Bytes
	err := n.with(nil, func(r *raw) error {
		var err error
		shared, err = agreeX25519(r[:keySize], peer)
		return err
	})
	return shared, err
}

// Read writes the node's 64 bytes, private key and then chain code, into dst, which must have exactly that length and be somebody's locked memory.
func (n *Node) Read(dst []byte) error {
	if len(dst) != NodeSize {
		return fmt.Errorf("room of %d bytes for a node: must be %d", len(dst), NodeSize)
	}
	return n.with(nil, func(r *raw) error {
		copy(dst, r[:])
		return nil
	})
}

// Destroy wipes the node; every later use fails with secret.ErrDestroyed. It may be called again and on nil.
func (n *Node) Destroy() {
	if n != nil {
		n.secret.Destroy()
	}
}

// with lends the descendant at path in memory that is cleared afterwards; n's locked memory is free again by then.
func (n *Node) with(path []uint32, fn func(r *raw) error) error {
	var r raw
	defer clear(r[:])
	err := n.secret.Expose(func(p []byte) error {
		copy(r[:], p)
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.walk(n.family, path); err != nil {
		return err
	}
	return fn(&r)
}
