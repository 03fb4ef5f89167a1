package did

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Base is a multibase encoding, by its prefix character.
type Base byte

// The two encodings that Controlled Identifiers v1.0 section 2.4 allows.
const (
	Base58BTC Base = 'z'
	Base64URL Base = 'u'
)

const (
	base58Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	// bigAlphabet is how math/big writes the digits 0 to 57.
	bigAlphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
)

// EncodeMultibase writes data with the prefix of its base.
func EncodeMultibase(base Base, data []byte) (string, error) {
	switch base {
	case Base58BTC:
		return "z" + encodeBase58(data), nil
	case Base64URL:
		return "u" + base64.RawURLEncoding.EncodeToString(data), nil
	}
	return "", fmt.Errorf("unknown multibase %+q", string(rune(base)))
}

// DecodeMultibase reads a multibase text of at most MaxLength bytes in one of the two known bases. Each value
// has one spelling per base; others are refused.
func DecodeMultibase(s string) ([]byte, Base, error) {
	if s == "" {
		return nil, 0, errors.New("multibase text is empty")
	}
	if len(s) > MaxLength {
		return nil, 0, fmt.Errorf("multibase text has %d bytes, at most %d", len(s), MaxLength)
	}
	base, text := Base(s[0]), s[1:]
	switch base {
	case Base58BTC:
		data, err := decodeBase58(text)
		return data, base, err
	case Base64URL:
		// The decoder skips line breaks, so compare with the one spelling.
		data, err := base64.RawURLEncoding.Strict().DecodeString(text)
		if err != nil || base64.RawURLEncoding.EncodeToString(data) != text {
			return nil, 0, errors.New("multibase text is not base64url without padding")
		}
		return data, base, nil
	}
	return nil, 0, fmt.Errorf("unknown multibase prefix in %s", quote(s))
}

// encodeBase58 writes bytes as one big number, and each leading zero byte as "1". Public values only: the time
// depends on the data.
func encodeBase58(data []byte) string {
	zeros := 0
	for zeros < len(data) && data[zeros] == 0 {
		zeros++
	}
	digits := ""
	if n := new(big.Int).SetBytes(data); n.Sign() != 0 {
		digits = n.Text(58)
	}
	var out strings.Builder
	out.WriteString(strings.Repeat("1", zeros))
	for i := range len(digits) {
		out.WriteByte(base58Alphabet[strings.IndexByte(bigAlphabet, digits[i])])
	}
	return out.String()
}

func decodeBase58(s string) ([]byte, error) {
	ones := 0
	for ones < len(s) && s[ones] == '1' {
		ones++
	}
	digits := []byte(s[ones:])
	for i, c := range digits {
		digit := strings.IndexByte(base58Alphabet, c)
		if digit < 0 {
			return nil, fmt.Errorf("%+q is not a base58 digit", string(rune(c)))
		}
		digits[i] = bigAlphabet[digit]
	}
	n := new(big.Int)
	if len(digits) > 0 {
		if _, ok := n.SetString(string(digits), 58); !ok {
			return nil, errors.New("text is not base58")
		}
	}
	return append(make([]byte, ones), n.Bytes()...), nil
}

// AppendCodec adds the unsigned varint of a multicodec to dst.
func AppendCodec(dst []byte, codec uint64) []byte { return binary.AppendUvarint(dst, codec) }

// CutCodec splits data into the multicodec at its start, a varint in its shortest form, and the rest.
func CutCodec(data []byte) (codec uint64, rest []byte, err error) {
	codec, n := binary.Uvarint(data)
	if n <= 0 || n > 9 || (n > 1 && data[n-1] == 0) {
		return 0, nil, errors.New("multicodec prefix is not a valid varint")
	}
	return codec, data[n:], nil
}
