package helper

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"holdfast/internal/secret"
)

// kind is the first byte of a frame; four bytes of length (big endian) and the content follow.
type kind byte

// From the wallet to the helper.
const (
	kindRequest      kind = 'r' // request, once
	kindPIN          kind = 'p' // what the person typed: raw bytes, no encoding
	kindCertificates kind = 'c' // certificates for keys made
	kindNoted        kind = 'n' // the keys made are durable
	kindCancel       kind = 'x' // stop; also said by closing the pipe
)

// From the helper to the wallet.
const (
	kindAskPIN          kind = 'P' // keystore.PINRequest
	kindTouchBegins     kind = 'T' // the token's name
	kindTouchEnds       kind = 't'
	kindAskCertificates kind = 'C' // keys made
	kindMade            kind = 'M' // keys made so far, to be noted
	kindReplaced        kind = 'N' // replaced: what became of PIN and PUK
	kindAlive           kind = 'k' // the token still waits for its person
	kindResult          kind = 'R' // result, last
	kindSecret          kind = 'S' // a secret that is the result: raw bytes, last
	kindError           kind = 'E' // token.Error, last
)

// Bounds of a frame's content.
const (
	maxJSON   = 256 << 10
	maxSecret = 64
)

// errFrame says that the other side of the pipe does not speak the protocol.
var errFrame = errors.New("the helper's pipe carries what is no frame")

// header reads the kind and length of the next frame.
func header(r io.Reader) (kind, int, error) {
	var h [5]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return 0, 0, err
	}
	k, size := kind(h[0]), binary.BigEndian.Uint32(h[1:])
	most := uint32(maxJSON)
	switch k {
	case kindPIN, kindSecret:
		most = maxSecret
		if size == 0 {
			return 0, 0, fmt.Errorf("%w: an empty secret", errFrame)
		}
	case kindCancel, kindNoted, kindTouchEnds, kindAlive:
		most = 0
	case kindRequest, kindCertificates, kindAskPIN, kindTouchBegins, kindAskCertificates, kindMade, kindReplaced, kindResult, kindError:
	default:
		return 0, 0, fmt.Errorf("%w: kind %q", errFrame, byte(k))
	}
	if size > most {
		return 0, 0, fmt.Errorf("%w: %d bytes of kind %q", errFrame, size, byte(k))
	}
	return k, int(size), nil
}

// frame is one frame with its content: raw bytes of JSON, or a secret.
type frame struct {
	kind   kind
	json   []byte
	secret *secret.Bytes
}

// readFrame reads the next frame. A secret goes from the pipe straight into locked memory.
func readFrame(r io.Reader) (frame, error) {
	k, size, err := header(r)
	if err != nil {
		return frame{}, err
	}
	f := frame{kind: k}
	if k == kindPIN || k == kindSecret {
		f.secret, err = secret.ReadFrom(r, size)
		return f, err
	}
	f.json = make([]byte, size)
	_, err = io.ReadFull(r, f.json)
	return f, err
}

// writeFrame writes a frame whose content is raw.
func writeFrame(w io.Writer, k kind, content []byte) error {
	h := make([]byte, 5, 5+len(content))
	h[0] = byte(k)
	binary.BigEndian.PutUint32(h[1:], uint32(len(content))) //nolint:gosec // bounded by the callers
	_, err := w.Write(append(h, content...))
	return err
}

// writeJSON writes a frame whose content is v in JSON.
func writeJSON(w io.Writer, k kind, v any) error {
	content, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(content) > maxJSON {
		return fmt.Errorf("%w: %d bytes of kind %q", errFrame, len(content), byte(k))
	}
	return writeFrame(w, k, content)
}

// writeSecret writes a secret from locked memory straight into the pipe: the header goes first, on its own.
func writeSecret(w io.Writer, k kind, s *secret.Bytes) error {
	if s.Len() < 1 || s.Len() > maxSecret {
		return fmt.Errorf("%w: a secret of %d bytes", errFrame, s.Len())
	}
	h := make([]byte, 5)
	h[0] = byte(k)
	binary.BigEndian.PutUint32(h[1:], uint32(s.Len())) //nolint:gosec // at most maxSecret
	if _, err := w.Write(h); err != nil {
		return err
	}
	return s.Expose(func(p []byte) error {
		_, err := w.Write(p)
		return err
	})
}

// parse reads the JSON of a frame: no unknown members, nothing after it.
func parse(content []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something after the JSON", errFrame)
	}
	return nil
}
