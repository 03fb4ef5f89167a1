package virtual

import (
	"context"
	"time"

	"holdfast/token/virtual/body"
	"holdfast/token/virtual/ctap"
	"holdfast/token/virtual/hid"
)

// fidoSide is the FIDO2 side behind its pseudo-terminal.
type fidoSide struct {
	auth   *ctap.Authenticator
	device *hid.Device
}

func newFIDO(b *body.Body, link string) (fido, error) {
	auth, err := ctap.New(b)
	if err != nil {
		return nil, err
	}
	return &fidoSide{auth: auth, device: &hid.Device{Body: b, Auth: auth, Link: link}}, nil
}

func (s *fidoSide) serve(ctx context.Context) error { return s.device.Serve(ctx) }
func (s *fidoSide) ready() bool                     { return s.device.Attached() }
func (s *fidoSide) tries() (left, total int)        { return s.auth.Tries() }
func (s *fidoSide) setTries(left int) error         { return s.auth.SetTries(left) }
func (s *fidoSide) setTouchTimeout(d time.Duration) { s.auth.SetTouchTimeout(d) }
