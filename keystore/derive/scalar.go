package derive

import (
	"encoding/binary"
	"math/bits"
)

// scalar is a number of 256 bits as four words, the least significant first. Nothing here branches on its value or looks anything up by it.
type scalar [4]uint64

// The orders of the base points, from SEC 2 version 2 sections 2.4.1 and 2.4.2.
var (
	orderSecp256k1 = scalar{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff}
	orderP256      = scalar{0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000}
)

// read takes 32 bytes, most significant first.
func (s *scalar) read(b []byte) {
	for i := range s {
		s[i] = binary.BigEndian.Uint64(b[24-8*i:])
	}
}

// write puts out 32 bytes, most significant first.
func (s *scalar) write(b []byte) {
	for i := range s {
		binary.BigEndian.PutUint64(b[24-8*i:], s[i])
	}
}

// minus returns s-t and whether that borrowed, which is whether s < t.
func (s *scalar) minus(t *scalar) (d scalar, borrow uint64) {
	for i := range s {
		d[i], borrow = bits.Sub64(s[i], t[i], borrow)
	}
	return d, borrow
}

// isKey says whether s is a private key of a group of that order: neither zero nor the order or more.
func (s *scalar) isKey(order *scalar) bool {
	d, less := s.minus(order)
	clear(d[:])
	return less == 1 && s[0]|s[1]|s[2]|s[3] != 0
}

// add sets s to s+t modulo the order; both must be below it.
func (s *scalar) add(t, order *scalar) {
	var carry uint64
	for i := range s {
		s[i], carry = bits.Add64(s[i], t[i], carry)
	}
	d, borrow := s.minus(order)
	// The difference is right when the sum ran over 256 bits or was not below the order.
	keep := -(borrow &^ carry) // all ones: keep the sum
	for i := range s {
		s[i] = s[i]&keep | d[i]&^keep
	}
	clear(d[:])
}
