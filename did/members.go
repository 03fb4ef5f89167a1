package did

import (
	"encoding/json"
	"errors"
	"fmt"

	"holdfast/internal/jcs"
)

// splitMembers reads the named members of a JSON object strictly into known, a pointer to a struct, and returns
// the others as they are. None of the named members may be null or "": neither means anything in a DID document.
func splitMembers(data []byte, known any, names ...string) (map[string]json.RawMessage, error) {
	var all map[string]json.RawMessage
	if err := jcs.Unmarshal(data, &all, MaxDocument); err != nil {
		return nil, err
	}
	if all == nil {
		return nil, errors.New("expected a json object, found null")
	}
	named := make(map[string]json.RawMessage, len(names))
	for _, name := range names {
		value, present := all[name]
		if !present {
			continue
		}
		if text := string(value); text == "null" || text == `""` {
			return nil, fmt.Errorf("member %q is empty", name)
		}
		named[name] = value
		delete(all, name)
	}
	text, err := json.Marshal(named)
	if err != nil {
		return nil, err
	}
	if err := jcs.Unmarshal(text, known, 2*MaxDocument); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, nil
	}
	return all, nil
}

// joinMembers writes known, a struct, and the extra members as one JSON object.
func joinMembers(known any, extra map[string]json.RawMessage) ([]byte, error) {
	text, err := json.Marshal(known)
	if err != nil || len(extra) == 0 {
		return text, err
	}
	all := make(map[string]json.RawMessage)
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	for name, value := range extra {
		if _, twice := all[name]; twice {
			return nil, fmt.Errorf("member %q is given twice", name)
		}
		all[name] = value
	}
	return json.Marshal(all)
}
