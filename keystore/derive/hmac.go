package derive

import "crypto/sha512"

const (
	macSize = sha512.Size // 64, the size of every HMAC here

	// maxMessage is the longest message any HMAC here is asked for: a secp256k1 or nist256p1 child takes 37 bytes, a retried seed 64.
	maxMessage = 64
)

// mac is HMAC-SHA-512 (RFC 2104, FIPS 198-1) with one key, in memory that wipe clears.
type mac struct {
	inner [sha512.BlockSize + maxMessage]byte // key xor ipad, then the message
	outer [sha512.BlockSize + macSize]byte    // key xor opad, then the inner hash
}

// set takes the key; one longer than a block is hashed first, as the standard says.
func (m *mac) set(key []byte) {
	var block [sha512.BlockSize]byte
	defer clear(block[:])
	if len(key) > len(block) {
		sum := sha512.Sum512(key)
		copy(block[:], sum[:])
		clear(sum[:])
	} else {
		copy(block[:], key)
	}
	for i, b := range block {
		m.inner[i] = b ^ 0x36
		m.outer[i] = b ^ 0x5c
	}
}

// sum writes the HMAC of message, at most maxMessage bytes, into out; out may be where message lies.
func (m *mac) sum(out *[macSize]byte, message []byte) {
	n := copy(m.inner[sha512.BlockSize:], message)
	hash := sha512.Sum512(m.inner[:sha512.BlockSize+n])
	copy(m.outer[sha512.BlockSize:], hash[:])
	*out = sha512.Sum512(m.outer[:])
	clear(hash[:])
}

func (m *mac) wipe() {
	clear(m.inner[:])
	clear(m.outer[:])
}
