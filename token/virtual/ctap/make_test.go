package ctap

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"holdfast/token/virtual/body"
)

// TestListLimit makes an allow list and an exclude list as long as the key takes them, and one longer.
func TestListLimit(t *testing.T) {
	for text, c := range map[string]struct {
		told  bool
		limit int
	}{
		"yubikey":   {true, 8},
		"canokey":   {true, 8},
		"list=1":    {true, 1},
		"list=8":    {true, 8},
		"list=10":   {true, 10},
		"list=none": {false, 1},
	} {
		t.Run(text, func(t *testing.T) {
			b := newBenchOf(t, body.Options{Dir: t.TempDir(), Make: text})
			defer b.close()
			info := b.status(OK, cmdGetInfo, nil)
			if _, told := info[7]; told != c.told {
				t.Fatalf("maxCredentialCountInList is told: %t", told)
			}
			if c.told && field[int](t, info, 7) != c.limit {
				t.Fatalf("maxCredentialCountInList %d", field[int](t, info, 7))
			}
			m := b.create(createParams(algES256))
			others := slices.Repeat([][]byte{{1}}, c.limit-1)
			fits, long := list(append(others, m.id)...), list(append(append(others, []byte{2}), m.id)...)
			assert, create := assertParams(), createParams(algES256)
			assert[3], create[5] = fits, fits
			m.verify(t, b.status(OK, cmdGetAssertion, assert))
			b.status(ErrCredentialExcluded, cmdMakeCredential, create)
			assert[3], create[5] = long, long
			b.status(ErrLimitExceeded, cmdGetAssertion, assert)
			b.status(ErrLimitExceeded, cmdMakeCredential, create)
		})
	}
}

// TestSelfAttestation makes credentials that nothing but their own key vouches for.
func TestSelfAttestation(t *testing.T) {
	for text, attests := range map[string]bool{
		"yubikey": true, "canokey": true, "attestation=fido2": true, "attestation=piv": false, "attestation=none": false,
	} {
		t.Run(text, func(t *testing.T) {
			dir := t.TempDir()
			b := newBenchOf(t, body.Options{Dir: dir, Make: text})
			for range 2 { // a new key, and the same in its next process
				for _, algorithm := range []int{algES256, algEdDSA} {
					checkStatement(t, b, algorithm, attests)
				}
				if (b.auth.AttestationRoot() != nil) != attests {
					t.Error("a root of attestation is there, or none")
				}
				if _, err := os.Stat(filepath.Join(dir, RootFile)); errors.Is(err, fs.ErrNotExist) == attests {
					t.Errorf("the root's file: %v", err)
				}
				b.close()
				b = newBenchOf(t, body.Options{Dir: dir})
			}
			b.close()
		})
	}
}

// checkStatement makes a credential and checks what vouches for it.
func checkStatement(t *testing.T, b *bench, algorithm int, attests bool) {
	t.Helper()
	response := b.status(OK, cmdMakeCredential, createParams(algorithm))
	var s statement
	if err := cbor.Unmarshal(response[3], &s); err != nil || field[string](t, response, 1) != "packed" {
		t.Fatalf("format %q: %v", field[string](t, response, 1), err)
	}
	if attests {
		if s.Algorithm != algES256 || len(s.Chain) != 1 || !bytes.Equal(s.Chain[0], b.auth.state.Attestation.Cert) {
			t.Errorf("attested by algorithm %d and %d certificates", s.Algorithm, len(s.Chain))
		}
		return
	}
	if s.Algorithm != algorithm || s.Chain != nil {
		t.Fatalf("self attestation by algorithm %d with %d certificates", s.Algorithm, len(s.Chain))
	}
	signed := map[int]cbor.RawMessage{2: response[2]}
	var err error
	if signed[3], err = cbor.Marshal(s.Signature); err != nil {
		t.Fatal(err)
	}
	created(t, response).verify(t, signed)
}
