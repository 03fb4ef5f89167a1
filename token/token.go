// Package token says what a security key is, which facts it tells without a PIN, and everything it can answer
// that is not a success. It talks to no device: token/pcsc, token/piv and token/fido2 do, inside the helper process.
package token

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is the side of a token: one physical key usually has both.
type Kind string

// The kinds.
const (
	PIV   Kind = "piv"   // the smart-card side, reached over PC/SC
	FIDO2 Kind = "fido2" // the passkey side, reached over CTAPHID
)

// Token is one side of a hardware authenticator that is present now.
type Token struct {
	ID       string `json:"id"`       // stable while it is plugged in: "piv:READER" or "fido2:PATH"
	Kind     Kind   `json:"kind"`     // which side
	Name     string `json:"name"`     // as a person knows it: "YubiKey 12345678"
	Path     string `json:"path"`     // FIDO2: the device node
	Reader   string `json:"reader"`   // PIV: the PC/SC reader
	Physical string `json:"physical"` // which physical key it is, for ever: "yubikey:12345678"; "" when it does not say
	Place    string `json:"place"`    // where it is plugged in now: "usb:1:7" (bus, device number); "" when unknown
	Firmware string `json:"firmware"` // "5.7.1"; "" when it does not say
	// Unverified: reached by an extra device path of a start flag. Every screen says so.
	Unverified bool `json:"unverified"`
}

// SamePhysical reports whether two sides are one physical key, and whether that can be told at all. Two sides with
// serial numbers are told apart for ever; sides without are told apart only by the place they are plugged in now.
func SamePhysical(a, b Token) (same, known bool) {
	switch {
	case a.Physical != "" && b.Physical != "":
		return a.Physical == b.Physical, true
	case a.ID == b.ID: // a place to plug in names a side as long as it stays there, and no longer
		return true, true
	case a.Place != "" && b.Place != "":
		return a.Place == b.Place, true
	default:
		return false, false
	}
}

// YubiKeySerial names the physical key with a serial number, the form of Token.Physical.
func YubiKeySerial(serial uint32) string { return "yubikey:" + strconv.FormatUint(uint64(serial), 10) }

// USBPlace names a place on the USB, the form of Token.Place.
func USBPlace(bus, device int) string { return fmt.Sprintf("usb:%d:%d", bus, device) }

// Version is a firmware version: major, minor, patch.
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads "major.minor.patch", each 0..255.
func ParseVersion(s string) (Version, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return Version{}, fmt.Errorf("firmware version %q is not major.minor.patch", s)
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 8)
		if err != nil || strconv.FormatUint(v, 10) != p {
			return Version{}, fmt.Errorf("firmware version %q is not major.minor.patch", s)
		}
		n[i] = int(v)
	}
	return Version{n[0], n[1], n[2]}, nil
}

// String writes the form that ParseVersion reads.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// AtLeast reports whether v is w or newer.
func (v Version) AtLeast(w Version) bool {
	if v.Major != w.Major {
		return v.Major > w.Major
	}
	if v.Minor != w.Minor {
		return v.Minor > w.Minor
	}
	return v.Patch >= w.Patch
}
