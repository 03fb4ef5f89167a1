package fido2

import (
	"context"
	"fmt"
	"strconv"

	"github.com/fxamacker/cbor/v2"

	"holdfast/token"
)

// CTAP2 commands and subcommands that need no person (CTAP 2.1 sections 6.4 and 6.5).
const (
	ctapGetInfo      = 0x04
	ctapClientPIN    = 0x06
	clientPINRetries = 0x01
)

// info is the part of authenticatorGetInfo that is used here.
type info struct {
	Versions   []string        `cbor:"1,keyasint"`
	Extensions []string        `cbor:"2,keyasint"`
	AAGUID     []byte          `cbor:"3,keyasint"`
	Options    map[string]bool `cbor:"4,keyasint"`
	MinPIN     int             `cbor:"13,keyasint"`
}

// retries is the answer to getPINRetries.
type retries struct {
	Left       int  `cbor:"3,keyasint"`
	PowerCycle bool `cbor:"4,keyasint"`
}

// retriesRequest is a struct for its order: CTAP2 takes maps in canonical order alone, and Go's maps have none.
type retriesRequest struct {
	Protocol   int `cbor:"1,keyasint"`
	Subcommand int `cbor:"2,keyasint"`
}

// decode is strict about duplicates and depth; a token is not trusted to send sense.
func decode(data []byte, into any) error {
	mode, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, MaxNestedLevels: 8, IndefLength: cbor.IndefLengthForbidden}.DecMode()
	if err != nil {
		return err
	}
	if err := mode.Unmarshal(data, into); err != nil {
		return token.NewError(token.Malformed, token.FIDO2, err.Error())
	}
	return nil
}

// cborCall sends a CTAP2 command and decodes its answer.
func (c *channel) cborCall(ctx context.Context, command byte, parameters []byte, into any) error {
	reply, err := c.call(ctx, cmdCBOR, append([]byte{command}, parameters...))
	if err != nil {
		return err
	}
	if len(reply) < 1 {
		return token.NewError(token.Malformed, token.FIDO2, "an empty answer")
	}
	if reply[0] != 0 {
		return ctapError(fmt.Sprintf("command %d", command), int(reply[0]))
	}
	return decode(reply[1:], into)
}

// getInfo asks for authenticatorGetInfo.
func (c *channel) getInfo(ctx context.Context) (info, error) {
	var i info
	if c.first.capabilities&capCBOR == 0 {
		return i, token.NewError(token.NotFIDO2, token.FIDO2, "the device speaks U2F alone")
	}
	err := c.cborCall(ctx, ctapGetInfo, nil, &i)
	if err == nil && len(i.AAGUID) != 16 {
		err = token.NewError(token.Malformed, token.FIDO2, fmt.Sprintf("an AAGUID of %d bytes", len(i.AAGUID)))
	}
	return i, err
}

// pinRetries asks how often a wrong PIN may still be presented.
func (c *channel) pinRetries(ctx context.Context) (retries, error) {
	var r retries
	parameters, err := cbor.Marshal(retriesRequest{Protocol: 1, Subcommand: clientPINRetries})
	if err != nil {
		return r, err
	}
	err = c.cborCall(ctx, ctapClientPIN, parameters, &r)
	return r, err
}

// config is what a YubiKey's READ CONFIG says.
type config struct {
	serial     uint32
	formFactor byte
	version    token.Version // zero when not said
}

// readConfig asks a YubiKey's own command; the zero config when the token does not know it.
func (c *channel) readConfig(ctx context.Context) (config, error) {
	reply, err := c.call(ctx, cmdReadConfig, nil)
	switch code := token.CodeOf(err); {
	case code == token.Unsupported || code == token.BadRequest || code == token.Refused:
		return config{}, nil
	case err != nil:
		return config{}, err
	}
	return parseConfig(reply), nil
}

// parseConfig reads a length byte and fields of tag, length and value. What does not read so says nothing: other makers may have given
// the command another meaning.
func parseConfig(b []byte) config {
	if len(b) < 1 || int(b[0]) != len(b)-1 {
		return config{}
	}
	var c config
	for b = b[1:]; len(b) > 0; {
		if len(b) < 2 || int(b[1]) > len(b)-2 {
			return config{}
		}
		tag, value := b[0], b[2:2+int(b[1])]
		b = b[2+len(value):]
		switch {
		case tag == 0x02 && len(value) == 4:
			c.serial = uint32(value[0])<<24 | uint32(value[1])<<16 | uint32(value[2])<<8 | uint32(value[3])
		case tag == 0x04 && len(value) == 1:
			c.formFactor = value[0]
		case tag == 0x05 && len(value) == 3:
			c.version = token.Version{Major: int(value[0]), Minor: int(value[1]), Patch: int(value[2])}
		}
	}
	return c
}

// Identify asks which physical key this is. No PIN, no touch.
func (k *Key) Identify(ctx context.Context) (token.Token, error) {
	t := k.Token
	err := k.withChannel(ctx, func(c *channel) (err error) {
		t, _, err = c.identify(ctx, t)
		return err
	})
	return t, err
}

func (c *channel) identify(ctx context.Context, t token.Token) (token.Token, config, error) {
	if c.first.capabilities&capCBOR == 0 {
		return t, config{}, token.NewError(token.NotFIDO2, token.FIDO2, "the device speaks U2F alone")
	}
	said, err := c.readConfig(ctx)
	if err != nil {
		return t, said, err
	}
	if said.version == (token.Version{}) {
		said.version = c.first.version
	}
	if said.version != (token.Version{}) {
		t.Firmware = said.version.String()
	}
	if said.serial != 0 {
		t.Physical = token.YubiKeySerial(said.serial)
		t.Name = "YubiKey " + strconv.FormatUint(uint64(said.serial), 10)
	}
	return t, said, nil
}

// Facts reads what the passkey side tells without PIN and touch.
func (k *Key) Facts(ctx context.Context) (token.Facts, error) {
	var f token.Facts
	err := k.withChannel(ctx, func(c *channel) (err error) {
		f, err = c.facts(ctx, k.Token)
		return err
	})
	return f, err
}

func (c *channel) facts(ctx context.Context, t token.Token) (token.Facts, error) {
	t, said, err := c.identify(ctx, t)
	if err != nil {
		return token.Facts{}, err
	}
	i, err := c.getInfo(ctx)
	if err != nil {
		return token.Facts{}, err
	}
	f := token.Facts{
		Token: t, PINTries: -1, MinPIN: max(minPIN, i.MinPIN),
		FIDO2: &token.FIDO2Facts{AAGUID: i.AAGUID, Versions: i.Versions, Extensions: i.Extensions, Options: i.Options},
	}
	if set, can := i.Options["clientPin"]; can {
		f.PINSet = token.AnswerOf(set)
		left, err := c.pinRetries(ctx)
		if err != nil {
			return token.Facts{}, err
		}
		f.PINTries, f.FIDO2.NeedsReplug = left.Left, left.PowerCycle
	}
	if said.serial != 0 { // what is known is known of YubiKeys
		f.Weaknesses = token.WeaknessesOf(token.FIDO2, said.version, said.formFactor)
	}
	return f, nil
}

// withChannel asks questions that need no person on a channel of their own; while the device is busy it asks again from the start.
func (k *Key) withChannel(ctx context.Context, f func(*channel) error) error {
	return patiently(ctx, func() error {
		c, err := openChannel(ctx, k.Token.Path)
		if err != nil {
			return err
		}
		return joinClose(f(c), c.close())
	})
}

// joinClose keeps the first error, which says more.
func joinClose(err, closeErr error) error {
	if err != nil {
		return err
	}
	return closeErr
}
