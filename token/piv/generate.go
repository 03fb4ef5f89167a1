package piv

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"maps"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/keystore"
	"holdfast/token"
)

// policies gives what protects the key of a tier: a touch always, and for the master tier the PIN before each use.
func policies(tier keystore.Tier) (piv.PINPolicy, piv.TouchPolicy, error) {
	switch tier {
	case keystore.TierVault:
		return piv.PINPolicyOnce, piv.TouchPolicyAlways, nil
	case keystore.TierMaster:
		return piv.PINPolicyAlways, piv.TouchPolicyAlways, nil
	default:
		return 0, 0, token.NewError(token.BadRequest, token.PIV, fmt.Sprintf("tier %q", tier))
	}
}

// generate makes a key for each tier in a retired slot that nobody uses. Each is told as soon as it is there.
func (k *Key) generate(ctx context.Context, yk *piv.YubiKey, x25519 bool, m *making, r keystore.PIVEnrolRequest) (keystore.PIVKeys, error) {
	keys := keystore.PIVKeys{}
	next := byte(firstRetired)
	for _, tier := range r.Tiers {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		slot, err := freeSlot(yk, &next, r.Reclaim)
		if err != nil {
			return nil, err
		}
		if err := m.take(yk, slot); err != nil {
			return nil, err
		}
		keys[tier], err = k.generateOne(yk, slot, x25519, m.management, tier, func(made keystore.PIVKey) error {
			keys[tier] = made
			if r.Made == nil {
				return nil
			}
			return r.Made(maps.Clone(keys))
		})
		if err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func (k *Key) generateOne(yk *piv.YubiKey, slot piv.Slot, x25519 bool, management []byte, tier keystore.Tier, made func(keystore.PIVKey) error) (keystore.PIVKey, error) {
	key := keystore.PIVKey{Slot: byte(slot.Key & 0xff), Curve: keystore.CurveP256}
	want := piv.Key{Algorithm: piv.AlgorithmEC256}
	if x25519 {
		key.Curve, want.Algorithm = keystore.CurveX25519, piv.AlgorithmX25519
	}
	var err error
	if want.PINPolicy, want.TouchPolicy, err = policies(tier); err != nil {
		return key, err
	}
	public, err := yk.GenerateKey(management, slot, want)
	if err != nil {
		return key, fromPIV("making a key", err)
	}
	if key.Public, err = publicBytes(public); err != nil {
		return key, err
	}
	if err := made(key); err != nil {
		return key, fmt.Errorf("noting the new key: %w", err)
	}
	if err := confirm(yk, slot, key.Public, want); err != nil {
		return key, err
	}
	return key, k.attest(yk, slot, &key, want)
}

// confirm reads the key back: made here, with the policies asked for.
func confirm(yk *piv.YubiKey, slot piv.Slot, public []byte, want piv.Key) error {
	info, err := yk.KeyInfo(slot)
	if err != nil {
		return fromPIV("reading the new key back", err)
	}
	got, err := publicBytes(info.PublicKey)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, public) || info.Origin != piv.OriginGenerated || info.Algorithm != want.Algorithm ||
		info.PINPolicy != want.PINPolicy || info.TouchPolicy != want.TouchPolicy {
		return notAttested("the metadata of slot %s is not what was asked for", slot)
	}
	return nil
}

// attest lets the token's attestation key vouch for the new key, and checks what it says. A token without attestation leaves the
// fields of key empty: then its metadata alone speaks.
func (k *Key) attest(yk *piv.YubiKey, slot piv.Slot, key *keystore.PIVKey, want piv.Key) error {
	certificate, err := yk.Attest(slot)
	switch code := token.CodeOf(fromPIV("attestation", err)); code {
	case "":
	case token.Unsupported, token.NoKey:
		return nil
	default:
		return fromPIV("attestation", err)
	}
	attested, err := x509.ParsePKIXPublicKey(certificate.RawSubjectPublicKeyInfo) // of X25519 keys, Certificate.PublicKey is nil
	if err != nil {
		return notAttested("slot %s: %v", slot, err)
	}
	got, err := publicBytes(attested)
	if err != nil || !bytes.Equal(got, key.Public) {
		return notAttested("the attestation of slot %s is of another key", slot)
	}
	issuer, err := yk.AttestationCertificate()
	if err != nil {
		return as(fromPIV("reading the attestation certificate", err), token.NoKey, token.NotAttested)
	}
	said, err := readAttestation(issuer, certificate)
	if err != nil {
		return notAttested("slot %s: %v", slot, err)
	}
	if said.PINPolicy != want.PINPolicy || said.TouchPolicy != want.TouchPolicy {
		return notAttested("the attestation of slot %s names other policies", slot)
	}
	key.Attestation, key.Vouched = certificate.Raw, vouched(issuer, certificate, k.Roots)
	return nil
}

// readAttestation checks that issuer signed certificate and reads what it says of the key.
func readAttestation(issuer, certificate *x509.Certificate) (*piv.Attestation, error) {
	pool := x509.NewCertPool()
	pool.AddCert(issuer)
	v := piv.Verifier{Roots: pool}
	return v.Verify(issuer, certificate)
}

// vouched reports whether Yubico's roots or one of roots stand behind an attestation.
func vouched(issuer, certificate *x509.Certificate, roots *x509.CertPool) bool {
	if _, err := piv.Verify(issuer, certificate); err == nil {
		return true
	}
	if roots == nil {
		return false // piv-go would take nil for Yubico's
	}
	v := piv.Verifier{Roots: roots}
	_, err := v.Verify(issuer, certificate)
	return err == nil
}

func notAttested(format string, args ...any) error {
	return token.NewError(token.NotAttested, token.PIV, fmt.Sprintf(format, args...))
}
