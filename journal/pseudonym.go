package journal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

// plainFacts are the facts that say nothing about whom: they stay readable in an export under pseudonyms.
var plainFacts = map[string]bool{
	"count": true, "done": true, "total": true, "kind": true, "tier": true, "role": true, "purpose": true, "version": true, "curve": true,
	"method": true, "generation": true, "master": true, "branch": true, "state": true, "statement": true, "unverified": true, "format": true,
	"setting": true, "was": true, "is": true,
}

// Pseudonyms replaces names in one export. The salt is random and forgotten, so that two exports cannot be joined and no name can be guessed
// and checked.
type Pseudonyms struct{ salt [32]byte }

// NewPseudonyms starts an export.
func NewPseudonyms() (*Pseudonyms, error) {
	var p Pseudonyms
	if _, err := rand.Read(p.salt[:]); err != nil {
		return nil, fmt.Errorf("pseudonyms: %w", err)
	}
	return &p, nil
}

// Name is the pseudonym of a name, the same within one export: "id-" and 12 letters. The empty name stays empty.
func (p *Pseudonyms) Name(name string) string {
	if name == "" {
		return ""
	}
	h := hmac.New(sha256.New, p.salt[:])
	h.Write([]byte(name))
	return "id-" + strings.ToLower(base32.StdEncoding.EncodeToString(h.Sum(nil)))[:12]
}

// Event is a copy of e for the export: subject and telling facts under pseudonyms; rows, hashes and MAC, which a guess could be checked against,
// left out.
func (p *Pseudonyms) Event(e Event) Event {
	out := Event{Number: e.Number, Time: e.Time, Act: e.Act, Phase: e.Phase, Ref: e.Ref, Subject: p.Name(e.Subject), Result: e.Result}
	if e.Facts != nil {
		out.Facts = make(map[string]string, len(e.Facts))
	}
	for name, value := range e.Facts {
		if !plainFacts[name] {
			value = p.Name(value)
		}
		out.Facts[name] = value
	}
	return out
}
