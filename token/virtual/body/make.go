package body

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Make is what keys of one maker have and those of another have not. A key gets
// it when it is made and keeps it in its state folder.
//
// As text it is the name of a maker and the traits that differ from his keys,
// "canokey" or "yubikey,serial=piv,list=1"; see MakeUsage.
type Make struct {
	Serial      Sides         // where the serial number is told
	Attestation Sides         // which sides vouch for new keys with a certificate
	Management  Sides         // where the management configuration can be read
	Retired     int           // how many of the slots for retired keys there are, from 82 on: 0 to 20
	TripleDES   bool          // the management key is 3DES whatever the firmware
	NoTouch     uint16        // status word of the smart-card side when no touch came
	TouchTime   time.Duration // how long that side waits for a touch
	List        int           // maxCredentialCountInList of the FIDO2 side; 0 tells none
}

// Sides says on which sides of a key something is.
type Sides string

// What Sides can be; a side alone has its name in the record.
const (
	BothSides Sides = "both"
	PIVAlone  Sides = PIV
	FIDOAlone Sides = FIDO2
	NoSide    Sides = "none"
)

// On tells whether it is on a side: PIV, FIDO2, or Management, which is an
// application of the smart-card side.
func (s Sides) On(side string) bool {
	switch s {
	case BothSides:
		return true
	case PIVAlone:
		return side != FIDO2
	case FIDOAlone:
		return side == FIDO2
	case NoSide:
	}
	return false
}

// MakeUsage says how a Make is written.
const MakeUsage = `A make is yubikey or canokey, and traits that differ from that maker's keys, with
commas between: "canokey", "yubikey,serial=piv,list=1". The traits are
  serial=both|piv|fido2|none       the sides that tell the serial number
  attestation=both|piv|fido2|none  the sides that vouch for new keys
  management=both|piv|fido2|none   the sides that tell the management configuration
  retired=N                        slots for retired keys, from 82 on (0 to 20)
  management-key=firmware|3des     its algorithms are the firmware's, or it is 3DES
  no-touch=STATUS                  the smart-card side's answer when no touch came (6982)
  touch-time=DURATION              how long that side waits for a touch (15s)
  list=N|none                      credentials that a passkey list may have and the
                                   key tells of (8); none: tells none and takes one`

// Limits of traits.
const (
	allRetired = 20  // slots 82 to 95, NIST SP 800-73-4 part 1 table 4b
	longest    = 255 // maxCredentialCountInList; keys have 8 to 20
)

// YubiKey is the make of a YubiKey 5.
func YubiKey() Make {
	return Make{
		Serial: BothSides, Attestation: BothSides, Management: BothSides, Retired: allRetired,
		NoTouch: 0x6982, TouchTime: 15 * time.Second, List: 8,
	}
}

// CanoKey is the make of a CanoKey as one was seen beside YubiKeys: no serial
// number, no attestation of smart-card keys, no management application (SELECT
// 6A82, CTAPHID vendor commands unknown: interfaces/USB/class/ctaphid/ctaphid.c
// of canokey-core at 10548204), slots 82 and 83 alone of the retired ones, a
// 3DES management key (applets/piv/piv.c at 29305238), and 6600 after 30 s
// without a touch (PIV_TOUCH in piv.c at 4ed297ba). Its passkeys are attested
// and lists of 8 are told and taken (MAX_CREDENTIAL_COUNT_IN_LIST in
// applets/ctap/ctap-internal.h at 01e66cac).
//
// CanoKeys differ: those commits answer GET SERIAL, and the last of piv.c has
// attestation, all retired slots and an AES-192 management key instead of 3DES.
func CanoKey() Make {
	return Make{
		Serial: NoSide, Attestation: FIDOAlone, Management: NoSide, Retired: 2, TripleDES: true,
		NoTouch: 0x6600, TouchTime: 30 * time.Second, List: 8,
	}
}

// maker is a maker's keys under his name.
type maker struct {
	name string
	keys Make
}

func makers() []maker { return []maker{{"yubikey", YubiKey()}, {"canokey", CanoKey()}} }

// trait is one difference between makes, by name.
type trait struct {
	name string
	get  func(Make) string
	set  func(*Make, string) error
}

func traits() []trait {
	return []trait{
		sidesTrait("serial", func(m *Make) *Sides { return &m.Serial }),
		sidesTrait("attestation", func(m *Make) *Sides { return &m.Attestation }),
		sidesTrait("management", func(m *Make) *Sides { return &m.Management }),
		{"retired", func(m Make) string { return strconv.Itoa(m.Retired) }, setRetired},
		{"management-key", Make.managementKey, setManagementKey},
		{"no-touch", func(m Make) string { return fmt.Sprintf("%04x", m.NoTouch) }, setNoTouch},
		{"touch-time", func(m Make) string { return m.TouchTime.String() }, setTouchTime},
		{"list", Make.list, setList},
	}
}

func sidesTrait(name string, of func(*Make) *Sides) trait {
	return trait{
		name: name,
		get:  func(m Make) string { return string(*of(&m)) },
		set: func(m *Make, value string) error {
			if !slices.Contains([]Sides{BothSides, PIVAlone, FIDOAlone, NoSide}, Sides(value)) {
				return errors.New("want both, piv, fido2 or none")
			}
			*of(m) = Sides(value)
			return nil
		},
	}
}

func setRetired(m *Make, value string) (err error) {
	m.Retired, err = within(value, 0, allRetired)
	return err
}

func (m Make) managementKey() string {
	if m.TripleDES {
		return "3des"
	}
	return "firmware"
}

func setManagementKey(m *Make, value string) error {
	if value != "3des" && value != "firmware" {
		return errors.New("want firmware or 3des")
	}
	m.TripleDES = value == "3des"
	return nil
}

// setNoTouch takes a status word of an error: 6xxx, but 61xx, which is none.
func setNoTouch(m *Make, value string) error {
	n, err := strconv.ParseUint(value, 16, 16)
	if err != nil || n>>12 != 6 || n>>8 == 0x61 {
		return errors.New("want the status word of an error, four hex digits")
	}
	m.NoTouch = uint16(n) // #nosec G115 -- 16 bits were asked for
	return nil
}

func setTouchTime(m *Make, value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		return errors.New("want a time such as 30s")
	}
	m.TouchTime = d
	return nil
}

func (m Make) list() string {
	if m.List == 0 {
		return "none"
	}
	return strconv.Itoa(m.List)
}

func setList(m *Make, value string) (err error) {
	if value == "none" {
		m.List = 0
		return nil
	}
	m.List, err = within(value, 1, longest)
	return err
}

// within reads a whole number between two others.
func within(value string, least, most int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("want a number from %d to %d", least, most)
	}
	return n, nil
}

// ParseMake reads a make as text; see MakeUsage. Without a maker's name the
// traits are those that differ from a YubiKey.
func ParseMake(text string) (Make, error) {
	words := strings.Split(text, ",")
	m := YubiKey()
	if named := slices.IndexFunc(makers(), func(k maker) bool { return k.name == words[0] }); named >= 0 {
		m, words = makers()[named].keys, words[1:]
	}
	for _, word := range words {
		if err := m.set(word); err != nil {
			return Make{}, fmt.Errorf("make %q: %q: %w", text, word, err)
		}
	}
	return m, nil
}

// set changes one trait, "name=value".
func (m *Make) set(word string) error {
	name, value, _ := strings.Cut(word, "=")
	for _, t := range traits() {
		if t.name == name {
			return t.set(m, value)
		}
	}
	return errors.New("no such maker or trait")
}

// String is the make as text, as short as it can be said.
func (m Make) String() string {
	var shortest []string
	for _, k := range makers() {
		words := []string{k.name}
		for _, t := range traits() {
			if value := t.get(m); value != t.get(k.keys) {
				words = append(words, t.name+"="+value)
			}
		}
		if shortest == nil || len(words) < len(shortest) {
			shortest = words
		}
	}
	return strings.Join(shortest, ",")
}

// MarshalText gives the make as text.
func (m Make) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the make from text.
func (m *Make) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMake(string(text))
	return err
}
