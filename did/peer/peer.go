// Package peer implements the DID method did:peer, numalgo 4 (Peer DID Method Specification, "Method 4: short
// form and long form"). The long form carries its document, the short form is the hash of the long one. Peers
// exchange the long form once and may write the short form from then on.
package peer

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"holdfast/did"
)

const prefix = "did:peer:4"

// Multicodecs: json for the document, sha2-256 with its length for the hash.
const (
	codecJSON   = 0x0200
	codecSHA256 = 0x12
)

// Create encodes an input document, JSON without id and with relative ids (see Build4), and returns both forms
// of its DID. White space between its tokens does not count; the order of its members does, as the method has
// no canonical form.
func Create(input []byte) (long, short did.DID, err error) {
	compact, err := compactInput(input)
	if err != nil {
		return did.DID{}, did.DID{}, fmt.Errorf("did:peer:4: %w", err)
	}
	if long, short, err = encode(compact); err != nil {
		return did.DID{}, did.DID{}, err
	}
	// What cannot be resolved is never handed out.
	if _, err = Resolve(long); err != nil {
		return did.DID{}, did.DID{}, err
	}
	return long, short, nil
}

// CreateFor returns both forms of the DID of one relationship, with the document that Build4 makes. It leaves out
// the checks of Create, most of its time, since the shape of that document is known.
func CreateFor(keys Keys) (long, short did.DID, err error) {
	input, err := Build4(keys)
	if err != nil {
		return did.DID{}, did.DID{}, fmt.Errorf("did:peer:4: %w", err)
	}
	return encode(input)
}

// encode writes an input document without white space as the two forms of its DID.
func encode(compact []byte) (long, short did.DID, err error) {
	encoded, err := did.EncodeMultibase(did.Base58BTC, append(did.AppendCodec(nil, codecJSON), compact...))
	if err != nil {
		return did.DID{}, did.DID{}, fmt.Errorf("did:peer:4: %w", err)
	}
	hash, err := hashOf(encoded)
	if err != nil {
		return did.DID{}, did.DID{}, fmt.Errorf("did:peer:4: %w", err)
	}
	if long, err = did.Parse(prefix + hash + ":" + encoded); err != nil {
		return did.DID{}, did.DID{}, fmt.Errorf("did:peer:4: %w", err)
	}
	if short, err = did.Parse(prefix + hash); err != nil {
		return did.DID{}, did.DID{}, fmt.Errorf("did:peer:4: %w", err)
	}
	return long, short, nil
}

// hashOf returns the multibase of the SHA-256 multihash of an encoded document.
func hashOf(encoded string) (string, error) {
	sum := sha256.Sum256([]byte(encoded))
	return did.EncodeMultibase(did.Base58BTC, append([]byte{codecSHA256, sha256.Size}, sum[:]...))
}

// IsShort reports whether id is a short form: a hash, whose document must be known from elsewhere.
func IsShort(id did.DID) bool {
	hash, ok := strings.CutPrefix(id.String(), prefix)
	if !ok || strings.Contains(hash, ":") {
		return false
	}
	data, base, err := did.DecodeMultibase(hash)
	return err == nil && base == did.Base58BTC && len(data) == 2+sha256.Size && data[0] == codecSHA256 && data[1] == sha256.Size
}

// Short returns the short form of a long form, after checking its hash.
func Short(long did.DID) (did.DID, error) {
	short, _, err := split(long)
	return short, err
}

// Resolve returns the document of a long form. Its id is the long form, alsoKnownAs names the short one; ids
// within it stay relative, as the specification recommends.
func Resolve(long did.DID) (did.Document, error) {
	short, input, err := split(long)
	if err != nil {
		return did.Document{}, err
	}
	return contextualize(input, long, short)
}

// ResolveShort returns the document of a short form, for which the long form must be known. Its id is the short
// form, alsoKnownAs names the long one.
func ResolveShort(short, long did.DID) (did.Document, error) {
	of, input, err := split(long)
	if err != nil {
		return did.Document{}, err
	}
	if of != short {
		return did.Document{}, errors.New("did:peer:4: the short form does not belong to the long form")
	}
	return contextualize(input, short, long)
}

// split takes a long form apart into its short form and its input document, and checks the one against the other.
func split(long did.DID) (short did.DID, input []byte, err error) {
	rest, ok := strings.CutPrefix(long.String(), prefix)
	if !ok {
		return did.DID{}, nil, errors.New("not a did:peer of numalgo 4")
	}
	hash, encoded, ok := strings.Cut(rest, ":")
	if !ok {
		return did.DID{}, nil, errors.New("did:peer:4: a short form does not carry its document")
	}
	want, err := hashOf(encoded)
	if err != nil {
		return did.DID{}, nil, fmt.Errorf("did:peer:4: %w", err)
	}
	if hash != want {
		return did.DID{}, nil, errors.New("did:peer:4: the hash does not fit the document")
	}
	data, base, err := did.DecodeMultibase(encoded)
	if err != nil {
		return did.DID{}, nil, fmt.Errorf("did:peer:4: %w", err)
	}
	codec, input, err := did.CutCodec(data)
	if err != nil || base != did.Base58BTC || codec != codecJSON {
		return did.DID{}, nil, errors.New("did:peer:4: the document is not encoded as json in base58btc")
	}
	short, err = did.Parse(prefix + hash)
	return short, input, err
}
