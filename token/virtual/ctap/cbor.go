package ctap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
)

// maxDepth is how deep maps and arrays may nest in a message (section 8).
const maxDepth = 4

// errNotCanonical tells that bytes are not one item of canonical CBOR.
var errNotCanonical = errors.New("not CTAP2 canonical CBOR")

// encode gives the CTAP2 canonical form of a response.
func encode(v any) ([]byte, error) {
	mode, err := cbor.CTAP2EncOptions().EncMode()
	if err != nil {
		return nil, err
	}
	return mode.Marshal(v)
}

// decode reads the parameters of a command into the struct that v points to.
// It refuses what is not canonical, also repeated keys and trailing bytes;
// unknown keys are passed over, as the standard asks.
func decode(data []byte, v any) error {
	if len(data) == 0 {
		return ErrMissingParameter
	}
	if err := canonical(data); err != nil {
		return ErrInvalidCBOR
	}
	mode, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		MaxNestedLevels:   maxDepth,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
	}.DecMode()
	if err != nil {
		return err
	}
	err = mode.Unmarshal(data, v)
	var mismatch *cbor.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mismatch), errors.Is(err, ErrCBORUnexpectedType):
		return ErrCBORUnexpectedType
	default:
		return ErrInvalidCBOR
	}
}

// octets is a byte string in a request. The codec alone would take an array of
// numbers for one.
type octets []byte

// UnmarshalCBOR takes a byte string and nothing else.
func (o *octets) UnmarshalCBOR(data []byte) error {
	if len(data) == 0 || data[0]>>5 != majorBytes {
		return ErrCBORUnexpectedType
	}
	return cbor.Unmarshal(data, (*[]byte)(o))
}

// canonical reports whether data is exactly one item in the CTAP2 canonical
// CBOR encoding form (section 8): shortest heads, definite lengths, map keys in
// order and without repetition, no tags, at most four levels. Of the simple
// values only true and false are taken, for no message holds another, and no
// floating point.
func canonical(data []byte) error {
	c := cursor{data: data}
	if err := c.item(0); err != nil {
		return err
	}
	if c.at != len(data) {
		return errNotCanonical
	}
	return nil
}

// cursor walks over CBOR.
type cursor struct {
	data []byte
	at   int
}

// The major types of CBOR (RFC 8949 section 3.1).
const (
	majorUint   = 0
	majorNegint = 1
	majorBytes  = 2
	majorText   = 3
	majorArray  = 4
	majorMap    = 5
	majorSimple = 7
)

func (c *cursor) item(depth int) error {
	major, arg, err := c.head()
	if err != nil {
		return err
	}
	switch major {
	case majorUint, majorNegint:
		return nil
	case majorBytes, majorText:
		return c.str(arg, major == majorText)
	case majorArray:
		return c.array(arg, depth+1)
	case majorMap:
		return c.pairs(arg, depth+1)
	case majorSimple:
		if arg == 20 || arg == 21 {
			return nil
		}
	}
	return errNotCanonical
}

// head reads an item's first bytes: major type and argument.
func (c *cursor) head() (major byte, arg uint64, err error) {
	if c.at >= len(c.data) {
		return 0, 0, errNotCanonical
	}
	first := c.data[c.at]
	c.at++
	major, arg = first>>5, uint64(first&0x1f)
	if arg < 24 {
		return major, arg, nil
	}
	if arg > 27 || major == majorSimple {
		return 0, 0, errNotCanonical
	}
	size := 1 << (arg - 24)
	if len(c.data)-c.at < size {
		return 0, 0, errNotCanonical
	}
	var wide [8]byte
	copy(wide[8-size:], c.data[c.at:c.at+size])
	c.at += size
	arg = binary.BigEndian.Uint64(wide[:])
	least := uint64(24)
	if size > 1 {
		least = 1 << (4 * size)
	}
	if arg < least {
		return 0, 0, errNotCanonical
	}
	return major, arg, nil
}

func (c *cursor) str(n uint64, text bool) error {
	if n > uint64(len(c.data)-c.at) { // #nosec G115 -- at never passes the end
		return errNotCanonical
	}
	s := c.data[c.at : c.at+int(n)] // #nosec G115 -- bounded above
	c.at += len(s)
	if text && !utf8.Valid(s) {
		return errNotCanonical
	}
	return nil
}

func (c *cursor) array(n uint64, depth int) error {
	if depth > maxDepth {
		return errNotCanonical
	}
	for range n {
		if err := c.item(depth); err != nil {
			return err
		}
	}
	return nil
}

func (c *cursor) pairs(n uint64, depth int) error {
	if depth > maxDepth {
		return errNotCanonical
	}
	var last []byte
	for i := range n {
		start := c.at
		if err := c.item(depth); err != nil {
			return err
		}
		key := c.data[start:c.at]
		if i > 0 && !inOrder(last, key) {
			return errNotCanonical
		}
		last = key
		if err := c.item(depth); err != nil {
			return err
		}
	}
	return nil
}

// inOrder tells whether one encoded map key comes before another: by major
// type, then the shorter, then by bytes.
func inOrder(a, b []byte) bool {
	if a[0]>>5 != b[0]>>5 {
		return a[0]>>5 < b[0]>>5
	}
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return bytes.Compare(a, b) < 0
}
