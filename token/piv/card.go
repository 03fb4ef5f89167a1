// Package piv is the smart-card side of a token: NIST SP 800-73-4 with the extensions of YubiKey firmware 5.3 and later. What
// uses a PIN or a key goes through piv-go; what reads facts goes through token/pcsc, because piv-go cannot read them.
package piv

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/token"
	"holdfast/token/pcsc"
)

// Instructions (SP 800-73-4 part 2 section 3; Yubico's PIV extensions).
const (
	insVerify      = 0x20
	insSelect      = 0xa4
	insGetResponse = 0xc0
	insGetData     = 0xcb
	insGetMetadata = 0xf7
	insGetSerial   = 0xf8
	insGetVersion  = 0xfd
	insReadConfig  = 0x1d // of the management application
)

// patience is how long an act waits for another act of this program to let go of the card.
const patience = time.Second

// selector is the PIV application (SP 800-73-4 part 1 section 2.2), without its version.
func selector() []byte { return []byte{0xa0, 0x00, 0x00, 0x03, 0x08} }

// managementSelector is YubiKey's management application.
func managementSelector() []byte {
	return []byte{0xa0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17}
}

// card is the PIV application of a card, with the means to read what needs no PIN.
type card struct {
	transmit  func(command []byte) ([]byte, error)
	channelID func() uint32
}

// withCard connects to the card in a reader, selects PIV, runs f, and resets the card.
func withCard(ctx context.Context, reader string, f func(card) error) (err error) {
	service, err := pcsc.Establish()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	connection, err := service.ConnectPatiently(ctx, reader, patience)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, connection.Close()) }()
	c := card{transmit: connection.Transmit, channelID: connection.ChannelID}
	if err := c.selectPIV(); err != nil {
		return err
	}
	return f(c)
}

func (c card) selectPIV() error {
	_, err := c.command(insSelect, 0x04, 0x00, selector())
	switch token.CodeOf(err) {
	case token.NoKey, token.Unsupported, token.BadRequest, token.Refused:
		return token.NewError(token.NotPIV, token.PIV, err.Error())
	default:
		return err
	}
}

// command sends one command, in a chain when its data is long (ISO 7816-4 section 5.1.1.1), and collects its response, which may come in parts
// (section 5.3.4).
func (c card) command(ins, p1, p2 byte, data []byte) ([]byte, error) {
	if len(data) > maxObject {
		return nil, token.NewError(token.BadRequest, token.PIV, fmt.Sprintf("command data of %d bytes", len(data)))
	}
	for ; len(data) > 0xff; data = data[0xff:] {
		response, err := c.transmit(append([]byte{0x10, ins, p1, p2, 0xff}, data[:0xff]...))
		if err != nil {
			return nil, err
		}
		if err := statusError(fmt.Sprintf("command %02x", ins), uint16(response[len(response)-2])<<8|uint16(response[len(response)-1])); err != nil {
			return nil, err
		}
	}
	command := append([]byte{0x00, ins, p1, p2, byte(len(data))}, data...) //nolint:gosec // at most 0xff
	if len(data) == 0 {
		command = command[:4]
	}
	command = append(command, 0x00) // Le: as much as there is
	var whole []byte
	for {
		response, err := c.transmit(command)
		if err != nil {
			return nil, err
		}
		body, sw := response[:len(response)-2], uint16(response[len(response)-2])<<8|uint16(response[len(response)-1])
		if whole = append(whole, body...); len(whole) > maxObject {
			return nil, token.NewError(token.Malformed, token.PIV, "a response without end")
		}
		if sw>>8 != 0x61 {
			return whole, statusError(fmt.Sprintf("command %02x", ins), sw)
		}
		command = []byte{0x00, insGetResponse, 0x00, 0x00, byte(sw & 0xff)}
	}
}

// maxObject bounds what a card may answer: its largest data objects have about 3 KiB.
const maxObject = 16 << 10

func statusError(call string, sw uint16) error {
	code, tries := token.FromStatusWord(sw)
	if code == "" {
		return nil
	}
	e := token.NewError(code, token.PIV, call)
	e.TriesLeft, e.Number = tries, int64(sw)
	if code == token.WrongPIN && tries == 0 {
		e.Code = token.PINBlocked
	}
	return e
}

// isMissing reports whether err says that an object or a key is not there.
func isMissing(err error) bool { return token.CodeOf(err) == token.NoKey }

// version reads the firmware version.
func (c card) version() (token.Version, error) {
	b, err := c.command(insGetVersion, 0, 0, nil)
	if token.CodeOf(err) == token.Unsupported {
		return token.Version{}, token.NewError(token.NotPIV, token.PIV, "the card does not tell its version")
	}
	if err != nil {
		return token.Version{}, err
	}
	if len(b) != 3 {
		return token.Version{}, malformed("version", b)
	}
	return token.Version{Major: int(b[0]), Minor: int(b[1]), Patch: int(b[2])}, nil
}

// serial reads the serial number; 0 when the token does not say (firmware before 5, other makers).
func (c card) serial() (uint32, error) {
	b, err := c.command(insGetSerial, 0, 0, nil)
	switch code := token.CodeOf(err); {
	case code == token.Unsupported || code == token.Refused || code == token.NoKey || code == token.BadRequest:
		return 0, nil
	case err != nil:
		return 0, err
	case len(b) != 4:
		return 0, malformed("serial number", b)
	}
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]), nil
}

// formFactor asks the management application, which ends the selection of PIV: ask it last. 0 when the token does not say.
func (c card) formFactor() byte {
	if _, err := c.command(insSelect, 0x04, 0x00, managementSelector()); err != nil {
		return 0
	}
	b, err := c.command(insReadConfig, 0, 0, nil)
	if err != nil || len(b) < 1 || int(b[0]) != len(b)-1 {
		return 0
	}
	fields, err := parseTLV(b[1:])
	if err != nil || len(fields[0x04]) != 1 {
		return 0
	}
	return fields[0x04][0]
}

// hasCertificate reports whether the certificate object beside a slot holds anything.
func (c card) hasCertificate(slot byte) (bool, error) {
	_, err := c.object(slot)
	if isMissing(err) {
		return false, nil
	}
	return err == nil, err
}

// object reads the data object beside a slot, without its outer tag 53.
func (c card) object(slot byte) ([]byte, error) {
	id, ok := objectID(slot)
	if !ok {
		return nil, token.NewError(token.BadRequest, token.PIV, fmt.Sprintf("no object for slot %02x", slot))
	}
	b, err := c.command(insGetData, 0x3f, 0xff, []byte{0x5c, 0x03, 0x5f, 0xc1, id})
	if err != nil {
		return nil, err
	}
	fields, err := parseTLV(b)
	if err != nil {
		return nil, err
	}
	value, ok := fields[0x53]
	if !ok {
		return nil, malformed("data object", b)
	}
	if len(value) == 0 {
		return nil, token.NewError(token.NoKey, token.PIV, "an empty data object")
	}
	return value, nil
}

// objectID gives the last byte of the certificate object's tag 5FC1xx beside a slot (SP 800-73-4 part 1 table 3).
func objectID(slot byte) (byte, bool) {
	switch {
	case slot == 0x9a:
		return 0x05, true
	case slot == 0x9c:
		return 0x0a, true
	case slot == 0x9d:
		return 0x0b, true
	case slot == 0x9e:
		return 0x01, true
	case slot >= firstRetired && slot <= lastRetired:
		return slot - firstRetired + 0x0d, true
	default:
		return 0, false
	}
}

// The retired key management slots (SP 800-73-4 part 1 section 4.3).
const (
	firstRetired = 0x82
	lastRetired  = 0x95
)

func malformed(what string, b []byte) error {
	return token.NewError(token.Malformed, token.PIV, fmt.Sprintf("a %s of %d bytes", what, len(b)))
}
