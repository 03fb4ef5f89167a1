package ctap

// minPINLength is the shortest PIN, in code points.
const minPINLength = 4

// Limits on credential lists, as getInfo tells them.
const (
	maxListCount = 8
	maxIDLength  = 128
)

// info is the response of authenticatorGetInfo (section 6.4).
type info struct {
	Versions     []string        `cbor:"1,keyasint"`
	Extensions   []string        `cbor:"2,keyasint"`
	AAGUID       []byte          `cbor:"3,keyasint"`
	Options      map[string]bool `cbor:"4,keyasint"`
	MaxMsgSize   uint            `cbor:"5,keyasint"`
	PINProtocols []uint          `cbor:"6,keyasint"`
	MaxListCount uint            `cbor:"7,keyasint"`
	MaxIDLength  uint            `cbor:"8,keyasint"`
	Transports   []string        `cbor:"9,keyasint"`
	Algorithms   []parameter     `cbor:"10,keyasint"`
	MinPINLength uint            `cbor:"13,keyasint"`
	Firmware     uint            `cbor:"14,keyasint"`
	Remaining    int             `cbor:"20,keyasint"`
}

func (a *Authenticator) info() (any, error) {
	major, minor, patch := a.body.Firmware()
	return info{
		Versions:     []string{"FIDO_2_0", "FIDO_2_1"},
		Extensions:   []string{"credProtect", "hmac-secret"},
		AAGUID:       aaguid(),
		Options:      map[string]bool{"rk": true, "up": true, "plat": false, "clientPin": a.pinSet(), "pinUvAuthToken": true},
		MaxMsgSize:   maxMessage,
		PINProtocols: []uint{2, 1},
		MaxListCount: maxListCount,
		MaxIDLength:  maxIDLength,
		Transports:   []string{"usb"},
		Algorithms:   []parameter{{publicKey, algES256}, {publicKey, algEdDSA}},
		MinPINLength: minPINLength,
		Firmware:     uint(major)<<16 | uint(minor)<<8 | uint(patch),
		Remaining:    max(0, a.capacity()-len(a.state.Resident)),
	}, nil
}

// capacity is how many resident credentials fit: as on the keys that this one
// resembles, 100 from firmware 5.7 on and 25 before.
func (a *Authenticator) capacity() int {
	if a.body.AtLeast(5, 7, 0) {
		return 100
	}
	return 25
}
