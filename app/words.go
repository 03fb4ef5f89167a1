package app

import (
	"strconv"
	"strings"

	"holdfast/token"
)

// Explanation is an error in words for people, read in this order: what happened, what is safe, what to do now. Each is one or more whole
// sentences.
type Explanation struct {
	Code string // stable, for programs: "wrong-pin"
	What string
	Safe string
	Now  string
}

// Explain turns an error into words. An error without words of its own is told as it is, under the code "unexpected".
func Explain(err error) Explanation {
	for _, find := range []func(error) (Explanation, bool){explainReplaced, explainFull, explainOwn, explainTyped, explainToken, explainSentinel, explainDisk, explainSystem} {
		if x, ok := find(err); ok {
			return x
		}
	}
	return Explanation{
		Code: "unexpected",
		What: "Something went wrong that has no words of its own: " + firstLine(err.Error()) + ".",
		Safe: "What was finished before stays; nothing is left half done.",
		Now:  "Try again; if it stays, report these words.",
	}
}

// sentences are the words of one error. Words in braces are filled in where they stand.
type sentences struct{ what, safe, now string }

// The sentences that many errors share.
const (
	safeUnopened  = "Nothing was opened, and nothing in the vault changed."
	safeUnchanged = "Nothing in the vault changed."
	safeUnsent    = "Nothing was sent to a security key, and nothing in the vault changed."
)

// explainToken finds the words of a token's answer.
func explainToken(err error) (Explanation, bool) {
	code := token.CodeOf(err)
	if code == token.Unknown || code == "" {
		if e := tokenError(err); e == nil {
			return Explanation{}, false
		}
	}
	e := tokenError(err)
	if e == nil {
		e = token.NewError(code, "", "")
	}
	s, ok := tokenWords(e.Code, e.Side)
	if !ok {
		return Explanation{}, false
	}
	fill := strings.NewReplacer(
		"{pin}", pinOf(e.Side), "{side}", sideName(e.Side), "{tries}", triesWords(e.TriesLeft),
		"{number}", "0x"+strconv.FormatInt(e.Number, 16), "{detail}", detail(e.Detail),
	)
	return Explanation{Code: string(e.Code), What: fill.Replace(s.what), Safe: fill.Replace(s.safe), Now: fill.Replace(s.now)}, true
}

func pinOf(side token.Kind) string {
	switch side {
	case token.PIV:
		return "smart-card PIN"
	case token.FIDO2:
		return "passkey PIN"
	default:
		return "PIN"
	}
}

func sideName(side token.Kind) string {
	switch side {
	case token.PIV:
		return "smart-card side"
	case token.FIDO2:
		return "passkey side"
	default:
		return "security key"
	}
}

// triesWords says how many tries are left.
func triesWords(left int) string {
	switch {
	case left < 0:
		return "the key does not say how many tries are left"
	case left == 0:
		return "no try is left"
	case left == 1:
		return "1 try is left"
	default:
		return strconv.Itoa(left) + " tries are left"
	}
}

func detail(d string) string {
	if d == "" {
		return ""
	}
	return " (" + firstLine(d) + ")"
}

// firstLine keeps words for people on one line.
func firstLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}
