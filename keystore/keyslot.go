package keystore

import (
	"context"

	"holdfast/internal/secret"
)

// Kind is what a keyslot is opened with. Kinds this version does not know are kept, shown, and never count as a way in.
type Kind string

// The kinds this version opens.
const (
	KindPIV   Kind = "piv"   // the smart-card side of a token (NIST SP 800-73-4)
	KindFIDO2 Kind = "fido2" // the passkey side of a token (CTAP 2.1, hmac-secret)
)

// Role says what the owner keeps a keyslot for.
type Role string

// The roles. A recovery token is plugged in for ceremonies only.
const (
	RoleEveryday Role = "everyday"
	RoleRecovery Role = "recovery"
)

// Tier is what a keyslot opens.
type Tier string

// The tiers: TierVault opens the vault key, TierMaster the master secret.
const (
	TierVault  Tier = "vault"
	TierMaster Tier = "master"
)

// Curve names the key agreement of a PIV slot.
type Curve string

// The curves a PIV slot may hold: P-256 always, X25519 from firmware 5.7.
const (
	CurveP256   Curve = "P-256"
	CurveX25519 Curve = "X25519"
)

// PINKind says which PIN a prompt asks for, so that a person never types one side's PIN into the other side.
type PINKind string

// The PINs a person may be asked for. The New kinds ask the person to choose one.
const (
	PINPIV      PINKind = "piv"       // the smart-card PIN: 6 to 8 characters
	PINFIDO2    PINKind = "fido2"     // the passkey PIN: 4 to 63 bytes
	PINNewPIV   PINKind = "new-piv"   // replaces the factory PIN
	PINNewPUK   PINKind = "new-puk"   // replaces the factory PUK
	PINNewFIDO2 PINKind = "new-fido2" // set where none is
)

// PINRequest is what a person is told before typing a PIN.
type PINRequest struct {
	Token     string // the token's name as the person knows it
	Which     PINKind
	TriesLeft int   // before this try; -1 when the token does not say
	Min, Max  int   // length in bytes
	Again     Again // why what was chosen a moment ago was not taken; empty the first time
}

// Again says why a new PIN is asked for a second time.
type Again string

// The reasons to ask for a new PIN or PUK again.
const (
	AgainFactory Again = "factory-value" // it is the value every token leaves the factory with
	AgainLength  Again = "length"        // it is too short or too long
	AgainRefused Again = "refused"       // the token does not take it: too simple for its rules
)

// LastTry reports whether a wrong answer would block the PIN.
func (r PINRequest) LastTry() bool { return r.TriesLeft == 1 }

// TouchRequest is what a person is told before touching a token.
type TouchRequest struct {
	Act       string // what the touch is for, in words: "open the vault"
	Identity  string // which identity is concerned; empty when none is
	Token     string // the token's name as the person knows it
	Number    int    // which touch of this act, from 1
	Of        int    // how many touches the act takes
	Requester string // who asked: this program, a link, another program
}

// Prompts are the functions a screen lends to whoever needs the person. Both fields are required. They are called
// off the UI thread and must return when ctx ends.
type Prompts struct {
	// PIN returns what the person typed; the caller destroys it. An error (a cancelled prompt) ends the act
	// before anything is presented to the token.
	PIN func(ctx context.Context, r PINRequest) (*secret.Bytes, error)
	// Touch shows that a touch is awaited and returns at once; done takes the notice away.
	Touch func(ctx context.Context, r TouchRequest) (done func())
}

// Gate is what one use of a token asks the person: the prompts, and what the touch is for.
type Gate struct {
	Prompts Prompts
	Touch   TouchRequest // Token is filled in by the opener when empty
}

// ECDHRequest names one key agreement on a PIV slot.
type ECDHRequest struct {
	Slot   byte   // 0x82..0x95
	Curve  Curve  // of the slot's key
	Public []byte // the slot's public key as enrolled (uncompressed point or 32 bytes): another key in the slot is refused before a PIN is asked
	Peer   []byte // the other side's public key, same encoding
	Master bool   // the slot is a master slot: PIN always. Only for the words of the prompts.
}

// PIVOpener agrees on a secret with a key that never leaves a token's PIV slot.
type PIVOpener interface {
	// ECDH asks for the PIN and a touch through g and returns the 32-byte shared secret.
	ECDH(ctx context.Context, r ECDHRequest, g Gate) (*secret.Bytes, error)
}

// HMACRequest names one hmac-secret of a FIDO2 credential (CTAP 2.1 section 12.5), always with user verification.
type HMACRequest struct {
	Credential []byte // credential id
	Salt       []byte // exactly 32 bytes; never two salts in one assertion
}

// FIDO2Opener derives a secret with a key that never leaves a token's FIDO2 credential.
type FIDO2Opener interface {
	// HMACSecret asks for the PIN and a touch through g and returns the 32-byte output.
	HMACSecret(ctx context.Context, r HMACRequest, g Gate) (*secret.Bytes, error)
}

// PIVKey is one key a token made in one of its slots.
type PIVKey struct {
	Slot        byte
	Curve       Curve
	Public      []byte // as in ECDHRequest.Public
	Attestation []byte // X.509 DER from the token's attestation key; empty when the token has none
	Vouched     bool   // a maker's root this program knows stands behind the attestation
}

// PIVKeys are the keys a token made for one keyslot, by tier.
type PIVKeys map[Tier]PIVKey

// PIVEnrolRequest asks a token's smart-card side for a new keyslot.
type PIVEnrolRequest struct {
	Tiers []Tier
	// Certificates answers, for the keys made, an X.509 DER certificate for each tier, which the token stores beside the key
	// (it names the owner key, and shows other tools that the slot is taken).
	Certificates func(PIVKeys) (map[Tier][]byte, error)
	// Made, when set, is told each key as soon as the token has made it, with those made before, and before any of the certificates above is
	// asked for. It makes them durable, so that Reclaim can name them if the enrolment comes to nothing; its error ends the enrolment.
	Made func(PIVKeys) error
	// Reclaim are public keys, as in ECDHRequest.Public, which enrolments that came to nothing have left on tokens and which no vault uses. A
	// retired slot with one of these keys counts as free.
	Reclaim [][]byte
}

// PIVEnroller makes keyslots on a token's smart-card side: factory PIN, PUK and management key are replaced in this step (rule 2),
// keys are generated on the token in retired slots that hold nothing of anybody's (vault: PIN once, touch always; master: PIN always, touch
// always), the policies are confirmed by attestation or metadata. An enrolment that fails while the token is there frees its slots again.
type PIVEnroller interface {
	PIVOpener
	EnrolPIV(ctx context.Context, r PIVEnrolRequest, g Gate) (PIVKeys, error)
	// OwnerCertificate reads the certificate beside a slot's key, DER; nil when there is none. No PIN, no touch.
	OwnerCertificate(ctx context.Context, slot byte) ([]byte, error)
}

// FIDO2EnrolRequest asks a token's passkey side for a credential: rpId "holdfast.invalid", ES256, non-resident, credProtect 3, hmac-secret, UV.
type FIDO2EnrolRequest struct {
	UserHandle []byte // 32 random bytes
	UserName   string // shown by other tools: "Holdfast vault - do not delete"
}

// FIDO2Credential is what the token made.
type FIDO2Credential struct {
	ID     []byte // 1..1023 bytes
	Public []byte // ES256: raw X||Y, 64 bytes
	AAGUID []byte // 16 bytes
}

// FIDO2Enroller makes credentials on a token's passkey side. A PIN is set first when there is none (through PINNewFIDO2).
type FIDO2Enroller interface {
	FIDO2Opener
	EnrolFIDO2(ctx context.Context, r FIDO2EnrolRequest, g Gate) (FIDO2Credential, error)
}
