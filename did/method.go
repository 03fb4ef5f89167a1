package did

import (
	"encoding/json"
	"errors"
	"fmt"

	"holdfast/internal/jcs"
)

// VerificationMethod is a key in a document (DID core section 5.2). ID is a DID URL, or a fragment alone
// ("#key-1") of the document's DID. The key is in PublicKeyMultibase or PublicKeyJWK, never in both.
type VerificationMethod struct {
	ID                 string          `json:"id"`
	Type               string          `json:"type"`
	Controller         string          `json:"controller,omitempty"`
	PublicKeyMultibase string          `json:"publicKeyMultibase,omitempty"`
	PublicKeyJWK       json.RawMessage `json:"publicKeyJwk,omitempty"`

	Extra map[string]json.RawMessage `json:"-"`
}

type verificationMethodMembers VerificationMethod

// NewMultikey returns the verification method of type Multikey for a key.
func NewMultikey(id, controller string, key PublicKey) (VerificationMethod, error) {
	multikey, err := key.Multikey()
	if err != nil {
		return VerificationMethod{}, err
	}
	return VerificationMethod{ID: id, Type: "Multikey", Controller: controller, PublicKeyMultibase: multikey}, nil
}

// PublicKey reads and checks the key. It knows the types Multikey, JsonWebKey and JsonWebKey2020, and the older
// Ed25519VerificationKey2020 and X25519KeyAgreementKey2020, which also carry a multicodec.
func (m VerificationMethod) PublicKey() (PublicKey, error) {
	switch m.Type {
	case "Multikey":
		return ParseMultikey(m.PublicKeyMultibase)
	case "Ed25519VerificationKey2020":
		return m.multikeyOn(Ed25519)
	case "X25519KeyAgreementKey2020":
		return m.multikeyOn(X25519)
	case "JsonWebKey", "JsonWebKey2020":
		if len(m.PublicKeyJWK) == 0 {
			return PublicKey{}, fmt.Errorf("key %s has no publicKeyJwk", quote(m.ID))
		}
		j, err := parseJWK(m.PublicKeyJWK)
		if err != nil {
			return PublicKey{}, err
		}
		return j.PublicKey()
	}
	return PublicKey{}, fmt.Errorf("key %s has the unknown type %s", quote(m.ID), quote(m.Type))
}

func (m VerificationMethod) multikeyOn(curve Curve) (PublicKey, error) {
	key, err := ParseMultikey(m.PublicKeyMultibase)
	if err != nil {
		return PublicKey{}, err
	}
	if key.Curve != curve {
		return PublicKey{}, fmt.Errorf("key %s of type %s is on curve %s", quote(m.ID), m.Type, key.Curve)
	}
	return key, nil
}

// validate checks what must hold for every method, known type or not, and enters its id in seen.
func (m VerificationMethod) validate(subject DID, seen map[URL]bool) error {
	u, err := ParseReference(subject, m.ID)
	if err != nil {
		return fmt.Errorf("verification method: %w", err)
	}
	if seen[u] {
		return fmt.Errorf("verification method %s stands twice", quote(m.ID))
	}
	seen[u] = true
	if m.Type == "" {
		return fmt.Errorf("verification method %s has no type", quote(m.ID))
	}
	if _, err := Parse(m.Controller); err != nil {
		return fmt.Errorf("controller of verification method %s: %w", quote(m.ID), err)
	}
	if m.PublicKeyMultibase != "" && len(m.PublicKeyJWK) != 0 {
		return fmt.Errorf("verification method %s has two keys", quote(m.ID))
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (m VerificationMethod) MarshalJSON() ([]byte, error) {
	return joinMembers(verificationMethodMembers(m), m.Extra)
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *VerificationMethod) UnmarshalJSON(data []byte) error {
	var members verificationMethodMembers
	extra, err := splitMembers(data, &members, "id", "type", "controller", "publicKeyMultibase", "publicKeyJwk")
	if err != nil {
		return err
	}
	members.Extra = extra
	*m = VerificationMethod(members)
	return nil
}

// MethodReference is an entry of a verification relationship: the id of a method declared elsewhere in the
// document, or a method that is declared here and serves this relationship alone.
type MethodReference struct {
	ID       string
	Embedded *VerificationMethod
}

func (r MethodReference) id() string {
	if r.Embedded != nil {
		return r.Embedded.ID
	}
	return r.ID
}

// MarshalJSON implements json.Marshaler.
func (r MethodReference) MarshalJSON() ([]byte, error) {
	if r.Embedded != nil {
		return json.Marshal(r.Embedded)
	}
	return json.Marshal(r.ID)
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *MethodReference) UnmarshalJSON(data []byte) error {
	*r = MethodReference{}
	if len(data) > 0 && data[0] == '{' {
		r.Embedded = new(VerificationMethod)
		return jcs.Unmarshal(data, r.Embedded, MaxDocument)
	}
	return jcs.Unmarshal(data, &r.ID, MaxDocument)
}

// Service is a way to reach the subject (DID core section 5.4). Endpoint is the JSON of a string, an object, or
// a list of these.
type Service struct {
	ID       string          `json:"id"`
	Type     Strings         `json:"type"`
	Endpoint json.RawMessage `json:"serviceEndpoint"`

	Extra map[string]json.RawMessage `json:"-"`
}

type serviceMembers Service

// MarshalJSON implements json.Marshaler.
func (s Service) MarshalJSON() ([]byte, error) { return joinMembers(serviceMembers(s), s.Extra) }

// UnmarshalJSON implements json.Unmarshaler.
func (s *Service) UnmarshalJSON(data []byte) error {
	var members serviceMembers
	extra, err := splitMembers(data, &members, "id", "type", "serviceEndpoint")
	if err != nil {
		return err
	}
	members.Extra = extra
	*s = Service(members)
	return nil
}

// Strings is a member that JSON writes as one string or as a list of strings. Single keeps which it was.
type Strings struct {
	Values []string
	Single bool
}

// IsZero reports whether the member is absent.
func (s Strings) IsZero() bool { return s.Values == nil }

// MarshalJSON implements json.Marshaler.
func (s Strings) MarshalJSON() ([]byte, error) {
	if !s.Single {
		return json.Marshal(s.Values)
	}
	if len(s.Values) != 1 {
		return nil, errors.New("a single string was asked for, but there is not one")
	}
	return json.Marshal(s.Values[0])
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Strings) UnmarshalJSON(data []byte) error {
	*s = Strings{}
	if len(data) > 0 && data[0] == '"' {
		s.Single, s.Values = true, make([]string, 1)
		return jcs.Unmarshal(data, &s.Values[0], MaxDocument)
	}
	if string(data) == "null" {
		return errors.New("expected a string or a list of strings, found null")
	}
	return jcs.Unmarshal(data, &s.Values, MaxDocument)
}
