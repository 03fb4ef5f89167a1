// Package statement holds what a DID may sign: typed statements, never bytes that somebody hands in. A signed
// statement is a JWS in compact form (RFC 7515) whose payload is canonical JSON (RFC 8785) and whose header names
// the type, the key and the algorithm, each checked when it is read. So a signature over one kind of statement
// can never be passed off as another kind.
//
// Signing itself happens where the private key is: SigningInput says what to sign, Assemble adds the raw
// signature.
package statement

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"holdfast/did"
	"holdfast/internal/jcs"
)

// Type is the kind of a statement, the "typ" of its JWS header (RFC 7515 section 4.1.9).
type Type string

// The types of statements.
const (
	TypeFile Type = "holdfast-file+jws"
	TypeText Type = "holdfast-text+jws"
)

// Statement is something that a DID can sign. The types of this package are all there are.
type Statement interface {
	// Type names the kind of statement.
	Type() Type
	// Purpose is the relationship to the signer under which the signing key must stand.
	Purpose() did.Relationship
	// Payload returns the statement as canonical JSON, or an error if it breaks a rule of its type.
	Payload() ([]byte, error)

	sealed()
}

// MaxText is the longest text that is signed, in bytes. Longer texts are files.
const MaxText = 64 << 10

// maxPayload bounds any payload: each byte of a text takes up to six in JSON.
const maxPayload = 6*MaxText + 1024

// Text says: this is my text. It carries no date. A date that the signer sets proves nothing, and two statements
// of one moment would link the two identities that made them; whoever wants one writes it into the text.
type Text struct {
	Text string // UTF-8, 1 to MaxText bytes
}

var _ Statement = Text{}

type textPayload struct {
	Text string `json:"text"`
}

// NewText checks a text.
func NewText(text string) (Text, error) {
	t := Text{Text: text}
	if err := t.check(); err != nil {
		return Text{}, err
	}
	return t, nil
}

// Type implements Statement.
func (Text) Type() Type { return TypeText }

// Purpose implements Statement.
func (Text) Purpose() did.Relationship { return did.AssertionMethod }

// Payload implements Statement.
func (t Text) Payload() ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	return jcs.Marshal(textPayload(t))
}

func (t Text) check() error {
	switch {
	case t.Text == "":
		return errors.New("text is empty")
	case len(t.Text) > MaxText:
		return fmt.Errorf("text has %d bytes, at most %d", len(t.Text), MaxText)
	case !utf8.ValidString(t.Text):
		return errors.New("text is not utf-8")
	}
	return nil
}

func (Text) sealed() {}

// parsePayload reads the payload of a statement of a known type.
func parsePayload(kind Type, payload []byte) (Statement, error) {
	switch kind {
	case TypeFile:
		var p filePayload
		if err := jcs.Unmarshal(payload, &p, maxPayload); err != nil {
			return nil, err
		}
		return p.file()
	case TypeText:
		var p textPayload
		if err := jcs.Unmarshal(payload, &p, maxPayload); err != nil {
			return nil, err
		}
		t := Text(p)
		return t, t.check()
	}
	return nil, fmt.Errorf("unknown statement type %+q", clip(string(kind)))
}

// clip bounds foreign text in errors.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "..."
	}
	return s
}
