package jcs

import (
	"slices"
	"unicode/utf8"
)

// append adds the canonical form of n to dst.
func (n node) append(dst []byte) []byte {
	switch n.kind {
	case kindString:
		return appendQuoted(dst, n.text)
	case kindArray:
		dst = append(dst, '[')
		for i, element := range n.elements {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = element.append(dst)
		}
		return append(dst, ']')
	case kindObject:
		return n.appendObject(dst)
	case kindNull, kindBool, kindNumber:
	}
	return append(dst, n.text...)
}

func (n node) appendObject(dst []byte) []byte {
	sorted := slices.Clone(n.members)
	slices.SortFunc(sorted, func(a, b member) int { return compareUTF16(a.name, b.name) })
	dst = append(dst, '{')
	for i, m := range sorted {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendQuoted(dst, m.name)
		dst = append(dst, ':')
		dst = m.value.append(dst)
	}
	return append(dst, '}')
}

// appendQuoted writes a string with the only escapes RFC 8785 section 3.2.2.2 knows.
func appendQuoted(dst []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// compareUTF16 orders two strings by their UTF-16 code units (RFC 8785 section 3.2.3). That differs from the
// order of bytes only where a character beyond U+FFFF, whose first unit is a surrogate (D800 to DBFF), meets
// one from U+E000 to U+FFFF.
func compareUTF16(a, b string) int {
	for a != "" && b != "" {
		ra, na := utf8.DecodeRuneInString(a)
		rb, nb := utf8.DecodeRuneInString(b)
		if ra != rb {
			switch aWide, bWide := ra > 0xFFFF, rb > 0xFFFF; {
			case aWide && !bWide:
				return sign(0xD800 - rb)
			case bWide && !aWide:
				return sign(ra - 0xD800)
			}
			return sign(ra - rb)
		}
		a, b = a[na:], b[nb:]
	}
	return len(a) - len(b)
}

// sign maps a difference to -1 or 1. An equal first unit cannot occur: no rune is a surrogate.
func sign(d rune) int {
	if d < 0 {
		return -1
	}
	return 1
}
