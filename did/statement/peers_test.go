package statement_test

import (
	"encoding/json"
	"strings"
	"testing"

	"holdfast/did"
	"holdfast/did/statement"
	"holdfast/tools/peers/inputs"
	"holdfast/tools/peers/recording"
)

// peerRecordings is where make peers writes what other people's programs said of signed statements.
const peerRecordings = "testdata/peers"

var josePeers = []string{"go-jose", "jose"}

// differences are the statements on which a JOSE library and this package do not agree, and why that is right. One that
// is missing here, or that is gone, fails the test.
var differences = map[string]map[string]string{
	"go-jose": {
		"line break within it": "the library skips white space between the parts; here a statement has one spelling",
	},
	"jose": {
		"alg Ed25519":         "RFC 9864 names the algorithm anew; statements keep to EdDSA, which both libraries read",
		"header member twice": "the library's parser takes the last of them; here a member stands once",
		"padded":              "the library skips what follows the last base64 digit; here a statement has one spelling",
	},
}

// differencesOfAll are those on which every library differs from this package.
var differencesOfAll = map[string]string{
	"ES256K holdfast-text+jws":       "the libraries have no secp256k1 (RFC 8812)",
	"ES256K holdfast-file+jws":       "the libraries have no secp256k1 (RFC 8812)",
	"header with a key of its own":   "a header here has three members, so that none can bring a key",
	"critical b64":                   "a header here has three members, so that none can bring a rule",
	"header with a member more":      "a header here has three members",
	"header in another order":        "a header here is canonical JSON",
	"header with white space":        "a header here is canonical JSON",
	"payload with white space":       "a payload here is canonical JSON",
	"payload that is no statement":   "a library signs any bytes; here only statements are signed",
	"typ of another program":         otherKind,
	"typ of a file":                  otherKind,
	"did:peer:4, authentication key": "a library is handed a key; here the signer's document must give it for assertions",
	"did:peer:4, short form":         "a library is handed a key; here the signer's document must be found",
	"line break behind it":           "the libraries skip white space at the end; here a statement has one spelling",
	"stray bits at its end":          "the libraries drop bits that do not fill a byte; here a statement has one spelling",
}

const otherKind = "a library leaves typ to its caller; here it keeps one kind of statement from passing for another"

func difference(peer, name string) string {
	if why := differencesOfAll[name]; why != "" {
		return why
	}
	return differences[peer][name]
}

// TestPeersJudge holds the verdicts of JOSE libraries on our statements, and on statements that we would not make,
// beside ours.
func TestPeersJudge(t *testing.T) {
	for peer, r := range peerRecordingsOf(t) {
		differing := 0
		for _, a := range r.Judged {
			var in inputs.Signed
			var said struct{ Payload, Refused string }
			decode(t, a.Input, &in)
			decode(t, a.Said, &said)
			got, err := verifyAny(in.JWS)
			why := difference(peer, a.Name)
			if agree := (err == nil) == (said.Refused == ""); agree != (why == "") {
				t.Errorf("%s, %s: the library says %q, we say %v; in the table: %q", peer, a.Name, said.Refused, err, why)
			}
			if why != "" {
				differing++
			}
			if err != nil || said.Refused != "" {
				continue
			}
			if payload, err := got.Statement.Payload(); err != nil || string(payload) != said.Payload {
				t.Errorf("%s, %s: the library read %q, we %q, %v", peer, a.Name, said.Payload, payload, err)
			}
			if key := keyOf(t, got.Header.KeyID); !key.Equal(jwk(t, in.Key)) {
				t.Errorf("%s, %s: the library was handed another key than the document's", peer, a.Name)
			}
		}
		if want := len(differencesOfAll) + len(differences[peer]); differing != want {
			t.Errorf("%s: %d differences, want the %d of the tables", peer, differing, want)
		}
	}
}

// notTaken are the statements that a library was asked to make and that do not verify here: those it does not make, and
// those that are none.
var notTaken = map[string]map[string]string{
	"go-jose": {
		"alg Ed25519": "not made: the library knows EdDSA only",
	},
	"jose": {
		"alg Ed25519":             "statements keep to EdDSA",
		"header in another order": "a header here is canonical JSON; go-jose sorts its members, this library does not",
	},
}

var notTakenOfAny = map[string]string{
	"ES256K, text": "not made: the libraries have no secp256k1",
	"did:peer:4, text by the authentication key": "the signer's document gives that key for signing in",
	"header with a member more":                  "a header here has three members",
	"payload with white space":                   "a payload here is canonical JSON",
	"text under the typ of a file":               "the payload is not that of a file",
	"by another key than the header names":       "the signature is another key's",
}

// TestPeersSign verifies the statements that JOSE libraries signed.
func TestPeersSign(t *testing.T) {
	for peer, r := range peerRecordingsOf(t) {
		refused := 0
		for _, a := range r.Made {
			var in inputs.Order
			var said struct{ Made, Refused string }
			decode(t, a.Input, &in)
			decode(t, a.Said, &said)
			why := notTakenOfAny[a.Name] + notTaken[peer][a.Name]
			if made := !strings.HasPrefix(why, "not made"); made != (said.Refused == "") || made == (said.Made == "") {
				t.Errorf("%s, %s: made %q, refused %q; in the table: %q", peer, a.Name, said.Made, said.Refused, why)
			}
			got, err := verifyAny(said.Made)
			if (err == nil) != (why == "") {
				t.Errorf("%s, %s: %v; in the table: %q", peer, a.Name, err, why)
			}
			if why != "" {
				refused++
			}
			if err != nil {
				continue
			}
			if payload, err := got.Statement.Payload(); err != nil || string(payload) != in.Payload {
				t.Errorf("%s, %s: verified %q, %v, want %q", peer, a.Name, payload, err, in.Payload)
			}
			if key := keyOf(t, got.Header.KeyID); !key.Equal(jwk(t, in.Private.JWK)) {
				t.Errorf("%s, %s: signed by another key than it was asked to", peer, a.Name)
			}
		}
		if want := len(notTakenOfAny) + len(notTaken[peer]); refused != want {
			t.Errorf("%s: %d not taken, want the %d of the tables", peer, refused, want)
		}
	}
}

// peerRecordingsOf reads what each JOSE library said; it must have been asked exactly what it would be asked today.
func peerRecordingsOf(t *testing.T) map[string]recording.Recording {
	t.Helper()
	task, err := inputs.Statements()
	if err != nil {
		t.Fatal(err)
	}
	if err := recording.Complete(peerRecordings, josePeers...); err != nil {
		t.Fatal(err)
	}
	all := map[string]recording.Recording{}
	for _, peer := range josePeers {
		if all[peer], err = recording.Read(peerRecordings, peer, task); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// verifyAny verifies a statement as a text and as a file, of which one at most can hold.
func verifyAny(jws string) (statement.Signed, error) {
	if got, err := statement.Verify(jws, statement.ResolveOffline, statement.TypeFile); err == nil {
		return got, nil
	}
	return statement.Verify(jws, statement.ResolveOffline, statement.TypeText)
}

// keyOf is the key that the signer's document gives.
func keyOf(t *testing.T, id did.URL) did.PublicKey {
	t.Helper()
	doc, err := statement.ResolveOffline(id.DID)
	if err != nil {
		t.Fatal(err)
	}
	method, err := doc.Authorized(did.AssertionMethod, id)
	if err != nil {
		t.Fatal(err)
	}
	public, err := method.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func jwk(t *testing.T, j did.JWK) did.PublicKey {
	t.Helper()
	public, err := j.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func decode(t *testing.T, text json.RawMessage, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}
