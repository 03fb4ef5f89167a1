package jcs

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// kind is what a JSON value is.
type kind int

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
)

// node is one parsed JSON value. text is the string itself, or the canonical spelling of a number, true, false
// or null.
type node struct {
	kind     kind
	text     string
	elements []node
	members  []member
}

type member struct {
	name  string
	value node
}

// rules are what a reader demands beyond valid I-JSON.
type rules struct {
	exactIntegers  bool // an integer must keep its digits as a double
	refuseReplaced bool // the escape for U+FFFD means that an encoder replaced bad bytes
}

type parser struct {
	data  []byte
	at    int
	rules rules
}

// parse reads the one value that data holds.
func parse(data []byte, r rules) (node, error) {
	if !utf8.Valid(data) {
		return node{}, errors.New("text is not utf-8")
	}
	p := &parser{data: data, rules: r}
	p.space()
	root, err := p.value(0)
	if err != nil {
		return node{}, fmt.Errorf("%w (at byte %d)", err, p.at)
	}
	p.space()
	if p.at != len(p.data) {
		return node{}, fmt.Errorf("unexpected text after the value (at byte %d)", p.at)
	}
	return root, nil
}

func (p *parser) space() {
	for p.at < len(p.data) {
		switch p.data[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end; no JSON token starts with or contains a bare 0.
func (p *parser) peek() byte {
	if p.at >= len(p.data) {
		return 0
	}
	return p.data[p.at]
}

func (p *parser) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.at++
	return true
}

func (p *parser) value(depth int) (node, error) {
	switch c := p.peek(); {
	case c == '{' || c == '[':
		if depth == MaxDepth {
			return node{}, fmt.Errorf("nesting is deeper than %d", MaxDepth)
		}
		p.at++
		if c == '{' {
			return p.object(depth + 1)
		}
		return p.array(depth + 1)
	case c == '"':
		s, err := p.quoted()
		return node{kind: kindString, text: s}, err
	case c == '-' || isDigit(c):
		return p.number()
	default:
		return p.literal()
	}
}

func (p *parser) literal() (node, error) {
	for _, l := range []struct {
		word string
		kind kind
	}{{"null", kindNull}, {"true", kindBool}, {"false", kindBool}} {
		if end := p.at + len(l.word); end <= len(p.data) && string(p.data[p.at:end]) == l.word {
			p.at = end
			return node{kind: l.kind, text: l.word}, nil
		}
	}
	return node{}, errors.New("expected a json value")
}

func (p *parser) array(depth int) (node, error) {
	n := node{kind: kindArray}
	p.space()
	if p.take(']') {
		return n, nil
	}
	for {
		p.space()
		element, err := p.value(depth)
		if err != nil {
			return node{}, err
		}
		n.elements = append(n.elements, element)
		p.space()
		if p.take(']') {
			return n, nil
		}
		if !p.take(',') {
			return node{}, errors.New("expected a comma or the end of the array")
		}
	}
}

func (p *parser) object(depth int) (node, error) {
	n := node{kind: kindObject}
	p.space()
	if p.take('}') {
		return n, nil
	}
	seen := make(map[string]struct{})
	for {
		m, err := p.member(depth)
		if err != nil {
			return node{}, err
		}
		if _, twice := seen[m.name]; twice {
			return node{}, fmt.Errorf("member %s stands twice in one object", quote(m.name))
		}
		seen[m.name] = struct{}{}
		n.members = append(n.members, m)
		p.space()
		if p.take('}') {
			return n, nil
		}
		if !p.take(',') {
			return node{}, errors.New("expected a comma or the end of the object")
		}
	}
}

func (p *parser) member(depth int) (member, error) {
	p.space()
	name, err := p.quoted()
	if err != nil {
		return member{}, err
	}
	p.space()
	if !p.take(':') {
		return member{}, errors.New("expected a colon after a member name")
	}
	p.space()
	value, err := p.value(depth)
	return member{name: name, value: value}, err
}

// quoted reads a string and resolves its escapes.
func (p *parser) quoted() (string, error) {
	if !p.take('"') {
		return "", errors.New("expected a string")
	}
	var out []byte
	for {
		start := p.at
		for p.at < len(p.data) && p.data[p.at] != '"' && p.data[p.at] != '\\' && p.data[p.at] >= 0x20 {
			p.at++
		}
		out = append(out, p.data[start:p.at]...)
		switch {
		case p.at == len(p.data):
			return "", errors.New("string has no end")
		case p.take('"'):
			return string(out), nil
		case p.data[p.at] < 0x20:
			return "", errors.New("control character in a string")
		}
		p.at++ // the backslash
		r, err := p.escape()
		if err != nil {
			return "", err
		}
		out = utf8.AppendRune(out, r)
	}
}

func (p *parser) escape() (rune, error) {
	c := p.peek()
	p.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		return p.unicodeEscape()
	}
	return 0, errors.New("unknown escape in a string")
}

// unicodeEscape reads what follows \u: four hex digits, and the second half of a surrogate pair.
func (p *parser) unicodeEscape() (rune, error) {
	r, err := p.hex4()
	if err != nil {
		return 0, err
	}
	if r == utf8.RuneError && p.rules.refuseReplaced {
		return 0, errors.New("string is not utf-8")
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if p.take('\\') && p.take('u') {
		low, err := p.hex4()
		if err != nil {
			return 0, err
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, nil
		}
	}
	return 0, errors.New("lone surrogate in a string")
}

func (p *parser) hex4() (rune, error) {
	if p.at+4 > len(p.data) {
		return 0, errors.New("unicode escape is too short")
	}
	v, err := strconv.ParseUint(string(p.data[p.at:p.at+4]), 16, 16)
	if err != nil {
		return 0, errors.New("unicode escape is not four hex digits")
	}
	p.at += 4
	return rune(v), nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// quote shows a member name from foreign text in an error, bounded.
func quote(name string) string {
	if len(name) > 64 {
		name = name[:64] + "..."
	}
	return strconv.QuoteToASCII(name)
}
