package peer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"holdfast/did"
	"holdfast/internal/jcs"
)

// Members of a document whose entries are resources with ids.
var resourceMembers = []string{
	"verificationMethod", string(did.Authentication), string(did.AssertionMethod), string(did.KeyAgreement),
	string(did.CapabilityInvocation), string(did.CapabilityDelegation), "service",
}

// compactInput checks an input document and removes white space between tokens.
func compactInput(input []byte) ([]byte, error) {
	if _, err := readInput(input); err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, input); err != nil {
		return nil, fmt.Errorf("input document: %w", err)
	}
	return compact.Bytes(), nil
}

// readInput reads an input document and checks what the specification demands of one: not empty, no id, and each
// resource with a type and a relative id.
func readInput(input []byte) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := jcs.Unmarshal(input, &members, did.MaxDocument); err != nil {
		return nil, fmt.Errorf("input document: %w", err)
	}
	if len(members) == 0 {
		return nil, errors.New("input document is empty")
	}
	if _, present := members["id"]; present {
		return nil, errors.New("input document has an id")
	}
	for _, name := range resourceMembers {
		err := eachResource(members, name, func(resource map[string]json.RawMessage) error {
			var id, kind string
			if json.Unmarshal(resource["id"], &id) != nil || !strings.HasPrefix(id, "#") {
				return errors.New("entry has no relative id")
			}
			// A service may have several types.
			if json.Unmarshal(resource["type"], &kind) != nil && name != "service" {
				return fmt.Errorf("entry %q has no type", id)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("input document: %s: %w", name, err)
		}
	}
	return members, nil
}

// eachResource calls fn for each object in a list, skipping references, and stores what fn changed.
func eachResource(members map[string]json.RawMessage, name string, fn func(map[string]json.RawMessage) error) error {
	value, present := members[name]
	if !present {
		return nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(value, &list); err != nil || list == nil {
		return errors.New("not a list")
	}
	for i, entry := range list {
		if len(entry) == 0 || entry[0] != '{' {
			continue
		}
		var resource map[string]json.RawMessage
		if err := json.Unmarshal(entry, &resource); err != nil {
			return err
		}
		if err := fn(resource); err != nil {
			return err
		}
		changed, err := json.Marshal(resource)
		if err != nil {
			return err
		}
		list[i] = changed
	}
	changed, err := json.Marshal(list)
	if err != nil {
		return err
	}
	members[name] = changed
	return nil
}

// contextualize turns an input document into the document of the form id of a DID whose other form is other:
// it sets id, adds other to alsoKnownAs, and names id as controller where none is named.
func contextualize(input []byte, id, other did.DID) (did.Document, error) {
	members, err := readInput(input)
	if err != nil {
		return did.Document{}, fmt.Errorf("did:peer:4: %w", err)
	}
	self, err := json.Marshal(id)
	if err != nil {
		return did.Document{}, err
	}
	members["id"] = self
	for _, name := range resourceMembers {
		if name == "service" {
			continue
		}
		err := eachResource(members, name, func(method map[string]json.RawMessage) error {
			if _, present := method["controller"]; !present {
				method["controller"] = self
			}
			return nil
		})
		if err != nil {
			return did.Document{}, fmt.Errorf("did:peer:4: %s: %w", name, err)
		}
	}
	if err := addAlias(members, other); err != nil {
		return did.Document{}, err
	}
	return finish(members)
}

// addAlias appends other to alsoKnownAs.
func addAlias(members map[string]json.RawMessage, other did.DID) error {
	var known []string
	if value, present := members["alsoKnownAs"]; present {
		if err := jcs.Unmarshal(value, &known, did.MaxDocument); err != nil || known == nil {
			return errors.New("did:peer:4: alsoKnownAs is not a list of strings")
		}
	}
	list, err := json.Marshal(append(known, other.String()))
	if err != nil {
		return err
	}
	members["alsoKnownAs"] = list
	return nil
}

func finish(members map[string]json.RawMessage) (did.Document, error) {
	text, err := json.Marshal(members)
	if err != nil {
		return did.Document{}, err
	}
	doc, err := did.ParseDocument(text)
	if err != nil {
		return did.Document{}, fmt.Errorf("did:peer:4: %w", err)
	}
	return doc, nil
}
