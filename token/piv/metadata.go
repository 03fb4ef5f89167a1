package piv

import (
	"crypto/ecdh"
	"fmt"

	"holdfast/keystore"
	"holdfast/token"
)

// Key references of what is no slot (Yubico PIV extensions, GET METADATA).
const (
	refPIN        = 0x80
	refPUK        = 0x81
	refManagement = 0x9b
)

// Algorithms (SP 800-78-4 table 6-2; X25519 is Yubico's).
const (
	algP256   = 0x11
	algX25519 = 0xe1
)

// Policies and origin as GET METADATA codes them.
const (
	pinOnce         = 0x02
	pinAlways       = 0x03
	touchAlways     = 0x02
	originGenerated = 0x01
)

// metadata is the answer to GET METADATA: which fields are there depends on what was asked.
type metadata struct {
	algorithm  byte
	pin, touch byte         // policies
	origin     byte         // how the key came in
	public     []byte       // as keystore.PIVKey.Public; nil when the algorithm is not ours
	factory    token.Answer // the value is the factory's
	tries      int          // left; -1 when not said
}

// metadata asks what is known of a slot or a reference. Code NoKey for an empty slot, Unsupported before firmware 5.3.
func (c card) metadata(ref byte) (metadata, error) {
	b, err := c.command(insGetMetadata, 0x00, ref, nil)
	if err != nil {
		return metadata{}, err
	}
	return parseMetadata(b)
}

func parseMetadata(b []byte) (metadata, error) {
	m := metadata{tries: -1}
	fields, err := parseTLV(b)
	if err != nil {
		return m, err
	}
	for tag, v := range fields {
		want := map[uint]int{1: 1, 2: 2, 3: 1, 5: 1, 6: 2}[tag]
		if want != 0 && len(v) != want {
			return m, malformed(fmt.Sprintf("metadata field %d", tag), v)
		}
		switch tag {
		case 1:
			m.algorithm = v[0]
		case 2:
			m.pin, m.touch = v[0], v[1]
		case 3:
			m.origin = v[0]
		case 5:
			m.factory = token.AnswerOf(v[0] != 0)
		case 6:
			m.tries = int(v[1]) // v[0] is the total
		}
	}
	if value, ok := fields[4]; ok {
		m.public, err = parsePublic(m.algorithm, value)
	}
	return m, err
}

// parsePublic reads the public key of an algorithm we use (tag 86); nil for the others.
func parsePublic(algorithm byte, b []byte) ([]byte, error) {
	curve, ok := curveOf(algorithm)
	if !ok {
		return nil, nil
	}
	fields, err := parseTLV(b)
	if err != nil {
		return nil, err
	}
	key, err := curve.NewPublicKey(fields[0x86])
	if err != nil {
		return nil, malformed("public key", fields[0x86])
	}
	return key.Bytes(), nil
}

func curveOf(algorithm byte) (ecdh.Curve, bool) {
	switch algorithm {
	case algP256:
		return ecdh.P256(), true
	case algX25519:
		return ecdh.X25519(), true
	default:
		return nil, false
	}
}

// algorithmOf gives the PIV algorithm and the curve of the standard library.
func algorithmOf(c keystore.Curve) (byte, ecdh.Curve, error) {
	switch c {
	case keystore.CurveP256:
		return algP256, ecdh.P256(), nil
	case keystore.CurveX25519:
		return algX25519, ecdh.X25519(), nil
	default:
		return 0, nil, token.NewError(token.BadRequest, token.PIV, fmt.Sprintf("curve %q", c))
	}
}

// parseTLV reads BER-TLV fields (ISO 7816-4 section 5.2.2) with tags of one or two bytes. A tag that comes twice is refused.
func parseTLV(b []byte) (map[uint][]byte, error) {
	fields := map[uint][]byte{}
	for len(b) > 0 {
		tag, rest, ok := cutTag(b)
		var value []byte
		if ok {
			value, rest, ok = cutValue(rest)
		}
		if _, twice := fields[tag]; twice || !ok {
			return nil, malformed("list of fields", b)
		}
		fields[tag] = value
		b = rest
	}
	return fields, nil
}

func cutTag(b []byte) (tag uint, rest []byte, ok bool) {
	if b[0]&0x1f != 0x1f {
		return uint(b[0]), b[1:], true
	}
	if len(b) < 2 || b[1]&0x80 != 0 {
		return 0, nil, false
	}
	return uint(b[0])<<8 | uint(b[1]), b[2:], true
}

func cutValue(b []byte) (value, rest []byte, ok bool) {
	if len(b) < 1 {
		return nil, nil, false
	}
	n, b := int(b[0]), b[1:]
	if n >= 0x80 {
		count := n & 0x7f
		if count < 1 || count > 2 || len(b) < count {
			return nil, nil, false
		}
		n = 0
		for _, d := range b[:count] {
			n = n<<8 | int(d)
		}
		b = b[count:]
	}
	if n > len(b) {
		return nil, nil, false
	}
	return b[:n:n], b[n:], true
}
