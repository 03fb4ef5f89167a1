package jcs

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// checkTarget compares a parsed text with the Go value it shall fill, and refuses what encoding/json would
// let pass: it matches member names in any letter case, takes null for everything, cuts or pads arrays, and
// reads several spellings of base64.
func checkTarget(v any, root node) error {
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Pointer {
		return errors.New("the target is not a pointer")
	}
	return checkType(t.Elem(), root, "")
}

func checkType(t reflect.Type, n node, path string) error {
	for t.Kind() == reflect.Pointer && n.kind != kindNull {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(jsonUnmarshaler) {
		return nil
	}
	if n.kind == kindNull {
		return checkNull(t, path)
	}
	if reflect.PointerTo(t).Implements(textUnmarshaler) {
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return checkStruct(t, n, path)
	case reflect.Map:
		return checkMap(t, n, path)
	case reflect.Slice:
		return checkSlice(t, n, path)
	case reflect.Array:
		return checkArray(t, n, path)
	default:
		return nil // encoding/json is exact about scalars
	}
}

func checkNull(t reflect.Type, path string) error {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		return nil
	default:
		return fmt.Errorf("%s is null", where(path))
	}
}

func checkStruct(t reflect.Type, n node, path string) error {
	fields := jsonFields(t)
	for _, m := range n.members {
		field, known := fields[m.name]
		if !known {
			return fmt.Errorf("unknown member %s in %s", quote(m.name), where(path))
		}
		if err := checkType(field, m.value, path+"/"+m.name); err != nil {
			return err
		}
	}
	return nil
}

func checkMap(t reflect.Type, n node, path string) error {
	for _, m := range n.members {
		if err := checkType(t.Elem(), m.value, path+"/"+m.name); err != nil {
			return err
		}
	}
	return nil
}

func checkSlice(t reflect.Type, n node, path string) error {
	if t.Elem().Kind() == reflect.Uint8 && n.kind == kindString {
		raw, err := base64.StdEncoding.Strict().DecodeString(n.text)
		if err != nil || base64.StdEncoding.EncodeToString(raw) != n.text {
			return fmt.Errorf("%s is not base64 in its one spelling", where(path))
		}
		return nil
	}
	return checkElements(t, n, path)
}

func checkArray(t reflect.Type, n node, path string) error {
	if n.kind == kindArray && len(n.elements) != t.Len() {
		return fmt.Errorf("%s has %d elements, not %d", where(path), len(n.elements), t.Len())
	}
	return checkElements(t, n, path)
}

func checkElements(t reflect.Type, n node, path string) error {
	for i, element := range n.elements {
		if err := checkType(t.Elem(), element, fmt.Sprintf("%s/%d", path, i)); err != nil {
			return err
		}
	}
	return nil
}

// jsonFields lists the members a struct knows, as encoding/json names them. Members of embedded structs count
// unless the outer struct has one of the same name.
func jsonFields(t reflect.Type) map[string]reflect.Type {
	fields := make(map[string]reflect.Type)
	var embedded []reflect.Type
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, _, _ := strings.Cut(tag, ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case tag == "-":
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			embedded = append(embedded, inner)
		case !f.IsExported():
		case name == "":
			fields[f.Name] = f.Type
		default:
			fields[name] = f.Type
		}
	}
	for _, inner := range embedded {
		for name, field := range jsonFields(inner) {
			if _, outer := fields[name]; !outer {
				fields[name] = field
			}
		}
	}
	return fields
}

// where names a place in the text as a JSON pointer (RFC 6901), bounded.
func where(path string) string {
	if path == "" {
		return "the value"
	}
	return quote(path)
}
