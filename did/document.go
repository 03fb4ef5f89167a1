package did

import (
	"encoding/json"
	"errors"
	"fmt"

	"holdfast/internal/jcs"
)

// MaxDocument is the longest document that is read, in bytes of JSON.
const MaxDocument = 64 << 10

// Contexts of the documents this program writes.
const (
	ContextDID      = "https://www.w3.org/ns/did/v1"
	ContextMultikey = "https://w3id.org/security/multikey/v1"
)

// Relationship names a verification relationship: what a key may do for its subject (DID core section 5.3).
type Relationship string

// The five verification relationships.
const (
	Authentication       Relationship = "authentication"
	AssertionMethod      Relationship = "assertionMethod"
	KeyAgreement         Relationship = "keyAgreement"
	CapabilityInvocation Relationship = "capabilityInvocation"
	CapabilityDelegation Relationship = "capabilityDelegation"
)

// Document is a DID document (DID core section 5). A nil list is absent in JSON, an empty one is written as [].
// Members this program does not know are kept in Extra, here and in each part, so that reading and writing a
// document loses nothing.
type Document struct {
	Context              json.RawMessage      `json:"@context,omitempty"`
	ID                   DID                  `json:"id"`
	AlsoKnownAs          []string             `json:"alsoKnownAs,omitzero"`
	Controller           Strings              `json:"controller,omitzero"`
	VerificationMethod   []VerificationMethod `json:"verificationMethod,omitzero"`
	Authentication       []MethodReference    `json:"authentication,omitzero"`
	AssertionMethod      []MethodReference    `json:"assertionMethod,omitzero"`
	KeyAgreement         []MethodReference    `json:"keyAgreement,omitzero"`
	CapabilityInvocation []MethodReference    `json:"capabilityInvocation,omitzero"`
	CapabilityDelegation []MethodReference    `json:"capabilityDelegation,omitzero"`
	Service              []Service            `json:"service,omitzero"`

	Extra map[string]json.RawMessage `json:"-"`
}

// documentMembers has the fields of Document without its methods, so that encoding does not call itself.
type documentMembers Document

// ParseDocument reads a document strictly: one JSON object of at most MaxDocument bytes, each member once and
// of its type, valid ids, no id given to two methods or two services. Members it keeps as JSON are in canonical
// form.
func ParseDocument(data []byte) (Document, error) {
	var text json.RawMessage
	if err := jcs.Unmarshal(data, &text, MaxDocument); err != nil {
		return Document{}, fmt.Errorf("did document: %w", err)
	}
	canonical, err := jcs.Canonical(text)
	if err != nil {
		return Document{}, fmt.Errorf("did document: %w", err)
	}
	var d Document
	if err := jcs.Unmarshal(canonical, &d, MaxDocument); err != nil {
		return Document{}, fmt.Errorf("did document: %w", err)
	}
	if err := d.validate(); err != nil {
		return Document{}, fmt.Errorf("did document of %s: %w", quote(d.ID.String()), err)
	}
	return d, nil
}

// Canonical returns the document as canonical JSON (RFC 8785).
func (d Document) Canonical() ([]byte, error) { return jcs.Marshal(d) }

// MarshalJSON implements json.Marshaler.
func (d Document) MarshalJSON() ([]byte, error) { return joinMembers(documentMembers(d), d.Extra) }

// UnmarshalJSON implements json.Unmarshaler. ParseDocument checks more.
func (d *Document) UnmarshalJSON(data []byte) error {
	var m documentMembers
	extra, err := splitMembers(data, &m, "@context", "id", "alsoKnownAs", "controller", "verificationMethod", "authentication",
		"assertionMethod", "keyAgreement", "capabilityInvocation", "capabilityDelegation", "service")
	if err != nil {
		return err
	}
	m.Extra = extra
	*d = Document(m)
	return nil
}

// Relationship returns the methods that the document lists under r.
func (d Document) Relationship(r Relationship) []MethodReference {
	switch r {
	case Authentication:
		return d.Authentication
	case AssertionMethod:
		return d.AssertionMethod
	case KeyAgreement:
		return d.KeyAgreement
	case CapabilityInvocation:
		return d.CapabilityInvocation
	case CapabilityDelegation:
		return d.CapabilityDelegation
	}
	return nil
}

// Method finds a verification method by its id, wherever the document declares it.
func (d Document) Method(id URL) (VerificationMethod, bool) {
	for _, m := range d.methods() {
		if u, err := ParseReference(d.ID, m.ID); err == nil && u == id {
			return m, true
		}
	}
	return VerificationMethod{}, false
}

// Authorized returns the method with this id if the document lists it under the relationship r and the subject
// controls it. A key that merely stands in the document may do nothing.
func (d Document) Authorized(r Relationship, id URL) (VerificationMethod, error) {
	for _, ref := range d.Relationship(r) {
		u, err := ParseReference(d.ID, ref.id())
		if err != nil || u != id {
			continue
		}
		m, found := d.Method(id)
		switch {
		case !found:
			return VerificationMethod{}, fmt.Errorf("the document does not declare key %s", quote(id.String()))
		case m.Controller != d.ID.String():
			return VerificationMethod{}, fmt.Errorf("key %s is controlled by %s", quote(id.String()), quote(m.Controller))
		}
		return m, nil
	}
	return VerificationMethod{}, fmt.Errorf("the document does not list key %s under %s", quote(id.String()), r)
}

// methods lists all declared methods, those embedded in relationships too.
func (d Document) methods() []VerificationMethod {
	all := append([]VerificationMethod(nil), d.VerificationMethod...)
	for _, r := range []Relationship{Authentication, AssertionMethod, KeyAgreement, CapabilityInvocation, CapabilityDelegation} {
		for _, ref := range d.Relationship(r) {
			if ref.Embedded != nil {
				all = append(all, *ref.Embedded)
			}
		}
	}
	return all
}

func (d Document) validate() error {
	if d.ID.IsZero() {
		return errors.New("id is missing")
	}
	for _, uri := range d.AlsoKnownAs {
		if uri == "" {
			return errors.New("alsoKnownAs has an empty entry")
		}
	}
	for _, controller := range d.Controller.Values {
		if _, err := Parse(controller); err != nil {
			return fmt.Errorf("controller: %w", err)
		}
	}
	seen := make(map[URL]bool)
	for _, m := range d.methods() {
		if err := m.validate(d.ID, seen); err != nil {
			return err
		}
	}
	for _, r := range []Relationship{Authentication, AssertionMethod, KeyAgreement, CapabilityInvocation, CapabilityDelegation} {
		for _, ref := range d.Relationship(r) {
			if _, err := ParseReference(d.ID, ref.id()); err != nil {
				return fmt.Errorf("%s: %w", r, err)
			}
		}
	}
	return d.validateServices()
}

func (d Document) validateServices() error {
	seen := make(map[string]bool)
	for _, s := range d.Service {
		switch {
		case s.ID == "" || len(s.Type.Values) == 0 || len(s.Endpoint) == 0 || string(s.Endpoint) == "null":
			return fmt.Errorf("service %s lacks id, type or serviceEndpoint", quote(s.ID))
		case seen[s.ID]:
			return fmt.Errorf("service id %s stands twice", quote(s.ID))
		}
		seen[s.ID] = true
	}
	return nil
}
