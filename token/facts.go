package token

// Answer is what a token says to a question it may not know.
type Answer string

// The answers.
const (
	Unsaid Answer = ""    // the token does not say
	Yes    Answer = "yes" // it says so
	No     Answer = "no"  // it says the contrary
)

// AnswerOf turns what a token said into an Answer.
func AnswerOf(yes bool) Answer {
	if yes {
		return Yes
	}
	return No
}

// Facts is what a token tells without PIN and without touch.
type Facts struct {
	Token Token `json:"token"`

	PINSet   Answer `json:"pin_set"`   // a PIN stands between a thief and the keys
	PINTries int    `json:"pin_tries"` // left before the PIN is blocked; -1 when the token does not say
	MinPIN   int    `json:"min_pin"`   // shortest PIN the token takes, in bytes for PIV, in characters for FIDO2

	PIV   *PIVFacts   `json:"piv,omitempty"`   // the smart-card side
	FIDO2 *FIDO2Facts `json:"fido2,omitempty"` // the passkey side

	Weaknesses []Weakness `json:"weaknesses,omitempty"` // known of this firmware
}

// PIVFacts are facts of the smart-card side. Whether a value is the factory's is read from the token
// (GET METADATA, tag 05, firmware 5.3 and later) and never found out by trying.
type PIVFacts struct {
	FactoryPIN        Answer `json:"factory_pin"`
	FactoryPUK        Answer `json:"factory_puk"`
	FactoryManagement Answer `json:"factory_management"`
	PUKTries          int    `json:"puk_tries"`    // -1 when the token does not say
	SlotsInUse        []byte `json:"slots_in_use"` // of 9a, 9c, 9d, 9e and 82..95: those with a key or a certificate
	FreeRetired       int    `json:"free_retired"` // of 82..95: those with neither
	X25519            bool   `json:"x25519"`       // the firmware makes X25519 keys
}

// FIDO2Facts are facts of the passkey side, from authenticatorGetInfo (CTAP 2.1 section 6.4).
type FIDO2Facts struct {
	AAGUID      []byte          `json:"aaguid"` // 16 bytes: the model
	Versions    []string        `json:"versions"`
	Extensions  []string        `json:"extensions"`
	Options     map[string]bool `json:"options"`
	NeedsReplug bool            `json:"needs_replug"` // three wrong PINs in a row: nothing more until it is unplugged
}

// Suits reports whether the passkey side can hold a keyslot; if not, the name of what it lacks.
func (f FIDO2Facts) Suits() (lacks string, ok bool) {
	for _, want := range []string{"hmac-secret", "credProtect"} {
		if !contains(f.Extensions, want) {
			return want, false
		}
	}
	if _, ok := f.Options["clientPin"]; !ok {
		return "clientPin", false
	}
	return "", true
}

func contains(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}
