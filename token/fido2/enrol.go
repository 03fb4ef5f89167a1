package fido2

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	libfido2 "github.com/keys-pub/go-libfido2"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

// publicLength is an ES256 public key as libfido2 gives it: X and Y.
const publicLength = 64

// EnrolFIDO2 implements keystore.FIDO2Enroller: it sets a PIN where there is none, and makes a credential, which takes one touch. A PIN that was
// set stays, also when the touch does not come.
func (k *Key) EnrolFIDO2(ctx context.Context, r keystore.FIDO2EnrolRequest, g keystore.Gate) (keystore.FIDO2Credential, error) {
	if len(r.UserHandle) != 32 || r.UserName == "" || len(r.UserName) > 64 {
		return keystore.FIDO2Credential{}, token.NewError(token.BadRequest, token.FIDO2, fmt.Sprintf("a user handle of %d bytes, named %q", len(r.UserHandle), r.UserName))
	}
	facts, err := k.ready(ctx)
	if err != nil {
		return keystore.FIDO2Credential{}, err
	}
	pin, given, err := k.enrolmentPIN(ctx, g, facts, k.setPIN)
	if err != nil {
		return keystore.FIDO2Credential{}, keystore.WithPINReplaced(err, keystore.KindFIDO2, given, keystore.Unchanged)
	}
	defer pin.Destroy()
	var made keystore.FIDO2Credential
	done := k.askTouch(ctx, g)
	err = k.onceMore(ctx, facts, func() error {
		return k.withDevice(ctx, facts, func(d *libfido2.Device) (err error) {
			made, err = makeCredential(d, r, pin)
			return err
		})
	})
	done()
	return made, keystore.WithPINReplaced(k.tellTries(ctx, err), keystore.KindFIDO2, given, keystore.Unchanged)
}

// enrolmentPIN asks for the PIN, or gives the token one where it has none. One that the token does not take is asked for once more. given says whether the
// token has it now.
func (k *Key) enrolmentPIN(ctx context.Context, g keystore.Gate, f token.Facts, set setter) (pin *secret.Bytes, given keystore.Change, err error) {
	if f.PINSet == token.Yes {
		pin, err = k.askPIN(ctx, g, keystore.PINFIDO2, f)
		return pin, keystore.Unchanged, err
	}
	for _, again := range []keystore.Again{"", keystore.AgainRefused} {
		if pin, err = k.askNewPIN(ctx, g, f, again); err != nil {
			return nil, keystore.Unchanged, err
		}
		given, err = set(ctx, f, pin)
		if err == nil {
			return pin, given, nil
		}
		pin.Destroy()
		if token.CodeOf(err) != token.PINRefused {
			break
		}
	}
	return nil, given, err
}

// setter gives a token its first PIN and says whether it has it now.
type setter func(ctx context.Context, f token.Facts, pin *secret.Bytes) (keystore.Change, error)

// setPIN gives the token its first PIN. Until it has answered, nobody knows whether it has it.
func (k *Key) setPIN(ctx context.Context, f token.Facts, pin *secret.Bytes) (keystore.Change, error) {
	change := k.tell(keystore.Unclear)
	err := k.withDevice(ctx, f, func(d *libfido2.Device) error {
		return withText(pin, func(text string) error { return fromLibrary("setting the PIN", d.SetPIN(text, "")) })
	})
	var e *token.Error
	switch {
	case err == nil:
		change = k.tell(keystore.Changed)
	case errors.As(err, &e) && e.Number > 0: // a status of the token's
		change = k.tell(keystore.Unchanged)
	}
	return change, err
}

func (k *Key) tell(pin keystore.Change) keystore.Change {
	if k.Replaced != nil {
		k.Replaced(pin, keystore.Unchanged)
	}
	return pin
}

func makeCredential(d *libfido2.Device, r keystore.FIDO2EnrolRequest, pin *secret.Bytes) (keystore.FIDO2Credential, error) {
	challenge := make([]byte, hashLength)
	if _, err := rand.Read(challenge); err != nil {
		return keystore.FIDO2Credential{}, err
	}
	var made *libfido2.Attestation
	err := withText(pin, func(text string) (err error) {
		made, err = d.MakeCredential(challenge,
			libfido2.RelyingParty{ID: relyingParty, Name: relyingPartyName},
			libfido2.User{ID: r.UserHandle, Name: r.UserName, DisplayName: r.UserName},
			libfido2.ES256, text, &libfido2.MakeCredentialOpts{
				Extensions:  []libfido2.Extension{libfido2.HMACSecretExtension},
				RK:          libfido2.False,
				UV:          libfido2.Default, // the PIN stands for it
				CredProtect: libfido2.CredProtectUVRequired,
			})
		return fromLibrary("making a credential", err)
	})
	if err != nil {
		return keystore.FIDO2Credential{}, err
	}
	return checkMade(made)
}

// checkMade makes sure that the credential is what was asked for: libfido2 checks the form of the answer, not its content.
func checkMade(made *libfido2.Attestation) (keystore.FIDO2Credential, error) {
	data, err := parseAuthData(made.AuthData)
	if err != nil {
		return keystore.FIDO2Credential{}, err
	}
	if err := data.require(flagUserPresent | flagUserVerified | flagAttested | flagExtensions); err != nil {
		return keystore.FIDO2Credential{}, err
	}
	if !data.extensions.HMACSecret || data.extensions.CredProtect != credProtectRequired {
		return keystore.FIDO2Credential{}, token.NewError(token.Unsupported, token.FIDO2,
			fmt.Sprintf("the credential has hmac-secret %v and credProtect %d", data.extensions.HMACSecret, data.extensions.CredProtect))
	}
	if !bytes.Equal(data.credential, made.CredentialID) || len(data.credential) < 1 || len(data.credential) > maxIDLength ||
		made.CredentialType != libfido2.ES256 || len(made.PubKey) != publicLength {
		return keystore.FIDO2Credential{}, token.NewError(token.Malformed, token.FIDO2,
			fmt.Sprintf("a credential id of %d bytes with a key of %d", len(data.credential), len(made.PubKey)))
	}
	return keystore.FIDO2Credential{ID: data.credential, Public: made.PubKey, AAGUID: data.aaguid}, nil
}
