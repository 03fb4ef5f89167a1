package ctap

// minPINLength is the shortest PIN, in code points.
const minPINLength = 4

// maxIDLength is the longest credential id, as getInfo tells it.
const maxIDLength = 128

// listLimit is how many credentials an allow list or exclude list may name; a
// longer one is refused (CTAP2_ERR_LIMIT_EXCEEDED, section 8.2: "limit for number
// of items exceeded"). A key that tells no maxCredentialCountInList takes one:
// section 6.4 then gives a platform no more to count on, and platforms send one
// (Chromium makes batches of max_credential_count_in_list.value_or(1)). Real keys
// that tell none are more lenient: OpenSK has no limit but its message size, and
// Solo 1 takes 20 (ALLOW_LIST_MAX_SIZE).
func (a *Authenticator) listLimit() int { return max(a.body.Make().List, 1) }

// info is the response of authenticatorGetInfo (section 6.4).
type info struct {
	Versions     []string        `cbor:"1,keyasint"`
	Extensions   []string        `cbor:"2,keyasint"`
	AAGUID       []byte          `cbor:"3,keyasint"`
	Options      map[string]bool `cbor:"4,keyasint"`
	MaxMsgSize   uint            `cbor:"5,keyasint"`
	PINProtocols []uint          `cbor:"6,keyasint"`
	MaxListCount int             `cbor:"7,keyasint,omitempty"`
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
		MaxListCount: a.body.Make().List,
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
