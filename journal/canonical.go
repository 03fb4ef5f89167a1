package journal

import (
	"encoding/hex"
	"slices"
	"strconv"
	"unicode/utf8"
)

// maxExact is the largest number that RFC 8785 writes as plain digits without loss (2^53).
const maxExact = 1 << 53

// quick is canonical by hand, for the entries that nearly all are: every text UTF-8, the names of facts ASCII, so that the order of bytes is the
// order RFC 8785 asks for. A journal of a thousand entries is verified at each unlock, and encoding is most of that.
func (e *Event) quick(when string) ([]byte, bool) {
	if e.Number > maxExact || e.Ref > maxExact || !plain(string(e.Act), string(e.Phase), e.Result, e.Subject) || !plain(e.Rows...) {
		return nil, false
	}
	size, names := 512, make([]string, 0, len(e.Facts))
	for name, value := range e.Facts {
		if !ascii(name) || !plain(value) {
			return nil, false
		}
		size += len(name) + len(value) + 8
		names = append(names, name)
	}
	slices.Sort(names)
	for _, row := range e.Rows {
		size += len(row) + 3
	}
	b := append(make([]byte, 0, size), `{"act":`...)
	b = append(quoted(b, string(e.Act)), `,"facts":{`...)
	for i, name := range names {
		b = append(quoted(comma(b, i), name), ':')
		b = quoted(b, e.Facts[name])
	}
	b = strconv.AppendUint(append(b, `},"number":`...), e.Number, 10)
	b = quoted(append(b, `,"phase":`...), string(e.Phase))
	b = append(hex.AppendEncode(append(b, `,"previous":"`...), e.Previous), '"')
	b = strconv.AppendUint(append(b, `,"ref":`...), e.Ref, 10)
	b = quoted(append(b, `,"result":`...), e.Result)
	b = append(b, `,"rows":[`...)
	for i, row := range e.Rows {
		b = quoted(comma(b, i), row)
	}
	b = quoted(append(b, `],"subject":`...), e.Subject)
	b = quoted(append(b, `,"time":`...), when)
	return append(b, '}'), true
}

func comma(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ',')
	}
	return b
}

// quoted adds a text that needs no escapes.
func quoted(b []byte, s string) []byte { return append(append(append(b, '"'), s...), '"') }

// plain tells texts that are UTF-8 and need no escapes.
func plain(texts ...string) bool {
	for _, s := range texts {
		for i := range len(s) {
			if c := s[i]; c < ' ' || c == '"' || c == '\\' {
				return false
			}
		}
		if !utf8.ValidString(s) {
			return false
		}
	}
	return true
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return plain(s)
}
