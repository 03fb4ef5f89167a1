// Package did holds the values of decentralized identifiers: DIDs and DID URLs, documents, public keys and the
// small codecs they are written in. It follows W3C Decentralized Identifiers (DIDs) v1.0 and Controlled
// Identifiers v1.0. Methods live in packages of their own (did/key, did/peer). Nothing here reads a file or
// the network.
package did

import (
	"errors"
	"fmt"
	"strings"
)

// MaxLength is the longest DID or DID URL that is read, in bytes. It leaves room for the long form of
// did:peer:4, which carries a whole document.
const MaxLength = 16 << 10

// DID is a decentralized identifier, checked when it was made. The zero DID is no identifier. DIDs compare
// with ==.
type DID struct{ text string }

// Parse reads a DID by the grammar of DID core section 3.1, exactly: no path, query or fragment, no spaces,
// nothing repaired.
func Parse(s string) (DID, error) {
	if len(s) > MaxLength {
		return DID{}, fmt.Errorf("did has %d bytes, at most %d", len(s), MaxLength)
	}
	rest, ok := strings.CutPrefix(s, "did:")
	if !ok {
		return DID{}, fmt.Errorf("%s is not a did", quote(s))
	}
	method, id, ok := strings.Cut(rest, ":")
	if !ok || !isMethodName(method) {
		return DID{}, fmt.Errorf("did %s has no valid method name", quote(s))
	}
	if !isMethodID(id) {
		return DID{}, fmt.Errorf("did %s has no valid method-specific id", quote(s))
	}
	return DID{text: s}, nil
}

// String returns the DID as it was read.
func (d DID) String() string { return d.text }

// IsZero reports whether d is no identifier.
func (d DID) IsZero() bool { return d.text == "" }

// Method returns the method name, such as "key".
func (d DID) Method() string {
	method, _, _ := strings.Cut(strings.TrimPrefix(d.text, "did:"), ":")
	return method
}

// ID returns the method-specific id, everything after the method name and its colon.
func (d DID) ID() string {
	_, id, _ := strings.Cut(strings.TrimPrefix(d.text, "did:"), ":")
	return id
}

// URL returns the DID URL of a fragment of this DID's document, given without "#".
func (d DID) URL(fragment string) URL { return URL{DID: d, Fragment: fragment} }

// MarshalText implements encoding.TextMarshaler. The zero DID has no text.
func (d DID) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, errors.New("the zero did has no text")
	}
	return []byte(d.text), nil
}

// UnmarshalText implements encoding.TextUnmarshaler with the rules of Parse.
func (d *DID) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

func isMethodName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && !isDigit(c) {
			return false
		}
	}
	return s != ""
}

// isMethodID checks *( *idchar ":" ) 1*idchar.
func isMethodID(s string) bool {
	return s != "" && s[len(s)-1] != ':' && isEncoded(s, "._-:")
}

// isEncoded reports whether s consists of letters, digits, the given marks and percent-encoded bytes.
func isEncoded(s, marks string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case isLetter(c) || isDigit(c) || strings.IndexByte(marks, c) >= 0:
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isHex(c byte) bool    { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

// quote shows foreign text in an error, escaped and bounded.
func quote(s string) string {
	if len(s) > 80 {
		return fmt.Sprintf("%+q and %d bytes more", s[:80], len(s)-80)
	}
	return fmt.Sprintf("%+q", s)
}
