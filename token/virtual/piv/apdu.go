package piv

import "encoding/binary"

// Command is a command APDU (ISO/IEC 7816-4 section 5.1).
type Command struct {
	Class, Instruction, P1, P2 byte
	Data                       []byte
	Expected                   int  // Le: 1 to 65536, 0 when there is none
	Extended                   bool // lengths of two octets
}

// maxShort and maxExtended are the largest answers of the two forms, which a
// length of zero stands for.
const (
	maxShort    = 256
	maxExtended = 65536
)

// ParseCommand reads a command APDU in any of its seven forms: cases 1, 2, 3
// and 4, the last three with short or extended lengths. Nothing may follow it.
//
// Two habits of real clients go beyond the standard: yubikit sends a command
// without data in the extended form with a length of data of zero, which reads
// as case 2E; and a single zero octet, case 2S, may mean an empty body.
func ParseCommand(b []byte) (Command, error) {
	if len(b) < 4 {
		return Command{}, statusWrongLength
	}
	c := Command{Class: b[0], Instruction: b[1], P1: b[2], P2: b[3]}
	body := b[4:]
	switch {
	case len(body) == 0:
		return c, nil
	case len(body) == 1:
		c.Expected = shortLength(body[0])
		return c, nil
	case body[0] != 0:
		return parseShort(c, body)
	default:
		return parseExtended(c, body)
	}
}

// parseShort reads "Lc data" or "Lc data Le".
func parseShort(c Command, body []byte) (Command, error) {
	n := int(body[0])
	rest := body[1:]
	switch len(rest) {
	case n:
	case n + 1:
		c.Expected = shortLength(rest[n])
	default:
		return Command{}, statusWrongLength
	}
	c.Data = rest[:n:n]
	return c, nil
}

// parseExtended reads "00 Le Le", "00 Lc Lc data" or "00 Lc Lc data Le Le".
func parseExtended(c Command, body []byte) (Command, error) {
	if len(body) < 3 {
		return Command{}, statusWrongLength
	}
	c.Extended = true
	n := int(binary.BigEndian.Uint16(body[1:3]))
	rest := body[3:]
	if len(rest) == 0 {
		c.Expected = extendedLength(n)
		return c, nil
	}
	switch {
	case n == 0:
		return Command{}, statusWrongLength
	case len(rest) == n:
	case len(rest) == n+2:
		c.Expected = extendedLength(int(binary.BigEndian.Uint16(rest[n:])))
	default:
		return Command{}, statusWrongLength
	}
	c.Data = rest[:n:n]
	return c, nil
}

func shortLength(b byte) int {
	if b == 0 {
		return maxShort
	}
	return int(b)
}

func extendedLength(n int) int {
	if n == 0 {
		return maxExtended
	}
	return n
}

// room is how many octets one answer may carry. Clients leave Le out and still
// read an answer; then it is as large as the form allows.
func (c Command) room() int {
	switch {
	case c.Expected > 0:
		return c.Expected
	case c.Extended:
		return maxExtended
	default:
		return maxShort
	}
}

// Bytes encodes the command in the form that Extended asks for. Data longer
// than the form can tell is an error.
func (c Command) Bytes() ([]byte, error) {
	b := []byte{c.Class, c.Instruction, c.P1, c.P2}
	limit := 255
	if c.Extended {
		limit = 65535
	}
	if len(c.Data) > limit || c.Expected < 0 || c.Expected > limit+1 {
		return nil, statusWrongLength
	}
	if !c.Extended {
		if len(c.Data) > 0 {
			b = append(append(b, byte(len(c.Data))), c.Data...) // #nosec G115 -- at most 255
		}
		if c.Expected > 0 {
			b = append(b, byte(c.Expected)) // #nosec G115 -- 256 is told as 0
		}
		return b, nil
	}
	if len(c.Data) > 0 {
		b = append(b, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(len(c.Data))) // #nosec G115 -- at most 65535
		b = append(b, c.Data...)
	} else if c.Expected > 0 {
		b = append(b, 0)
	}
	if c.Expected > 0 {
		b = binary.BigEndian.AppendUint16(b, uint16(c.Expected)) // #nosec G115 -- 65536 is told as 0
	}
	return b, nil
}
