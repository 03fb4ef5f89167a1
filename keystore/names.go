package keystore

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLabel is the longest label or party, in bytes of UTF-8.
const maxLabel = 200

// LabelError refuses a label or the name of a party.
type LabelError struct {
	What string // "label" or "party"
	Why  string // "empty", "too-long", "control", "not-text"
}

// Error implements error. It does not repeat the name, which may drive a terminal.
func (e *LabelError) Error() string { return fmt.Sprintf("the %s is refused: %s", e.What, e.Why) }

// CheckLabel holds a label or a party's name to text of at most 200 bytes without characters that do something instead of being seen: controls,
// separators of lines, and those that turn the direction of writing. The empty name passes. An error is a *LabelError.
func CheckLabel(what, name string) error {
	switch {
	case !utf8.ValidString(name):
		return &LabelError{what, "not-text"}
	case len(name) > maxLabel:
		return &LabelError{what, "too-long"}
	case strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	}):
		return &LabelError{what, "control"}
	}
	return nil
}
