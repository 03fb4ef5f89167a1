package jcs

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// number reads a number by the grammar of RFC 8259 section 6 and keeps its canonical spelling.
func (p *parser) number() (node, error) {
	start := p.at
	p.take('-')
	if !p.take('0') && !p.digits() {
		return node{}, errors.New("number has no digits")
	}
	integer := true
	if p.take('.') {
		integer = false
		if !p.digits() {
			return node{}, errors.New("number has no digits after the point")
		}
	}
	if p.take('e') || p.take('E') {
		integer = false
		if !p.take('+') {
			p.take('-')
		}
		if !p.digits() {
			return node{}, errors.New("number has no digits in the exponent")
		}
	}
	token := string(p.data[start:p.at])
	f, err := strconv.ParseFloat(token, 64)
	if err != nil {
		return node{}, errors.New("number is out of range")
	}
	text := formatNumber(f)
	if integer && p.rules.exactIntegers && text != token && f != 0 { // -0 is a spelling of 0, nothing is lost
		return node{}, fmt.Errorf("integer is not exact as a double, it would become %s", text)
	}
	return node{kind: kindNumber, text: text}, nil
}

// digits takes one or more digits and reports whether there was one.
func (p *parser) digits() bool {
	start := p.at
	for isDigit(p.peek()) {
		p.at++
	}
	return p.at > start
}

// formatNumber spells a finite double as ECMAScript's Number::toString does (RFC 8785 section 3.2.2.3): the
// shortest digits that read back to the same double, plain between 1e-6 and 1e21, else with an exponent.
func formatNumber(f float64) string {
	if f == 0 {
		return "0" // also for minus zero
	}
	if abs := math.Abs(f); 1e-6 <= abs && abs < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	// Go writes at least two digits of exponent, ECMAScript writes no leading zero.
	if n := len(s); s[n-2] == '0' && (s[n-3] == '-' || s[n-3] == '+') {
		return s[:n-2] + s[n-1:]
	}
	return s
}
