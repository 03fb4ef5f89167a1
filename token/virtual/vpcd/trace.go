package vpcd

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// traceError ends a reader whose trace cannot be written: a recording with gaps
// would be taken for a whole one.
type traceError struct{ err error }

func (e *traceError) Error() string { return "trace of APDUs: " + e.err.Error() }
func (e *traceError) Unwrap() error { return e.err }

// Exchange is one command APDU and its response APDU.
type Exchange struct{ Command, Response []byte }

// WriteTrace writes an exchange as two lines of hex: "> command", "< response".
// A trace contains PINs and keys as they went over the wire.
func WriteTrace(w io.Writer, command, response []byte) error {
	_, err := fmt.Fprintf(w, "> %x\n< %x\n", command, response)
	return err
}

// ReadTrace reads what WriteTrace wrote. Empty lines and lines that begin with
// '#' are passed over.
func ReadTrace(r io.Reader) ([]Exchange, error) {
	var all []Exchange
	var command []byte
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<18)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		mark, digits, _ := strings.Cut(line, " ")
		data, err := hex.DecodeString(digits)
		switch {
		case err != nil:
			return nil, fmt.Errorf("trace line %d: %w", n, err)
		case mark == ">" && command == nil:
			command = data
		case mark == "<" && command != nil:
			all = append(all, Exchange{command, data})
			command = nil
		default:
			return nil, fmt.Errorf("trace line %d: %q does not follow", n, mark)
		}
	}
	if command != nil {
		return nil, fmt.Errorf("trace ends with a command without response")
	}
	return all, lines.Err()
}
