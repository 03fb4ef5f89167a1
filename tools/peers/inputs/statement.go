package inputs

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"

	"holdfast/did"
	"holdfast/did/statement"
	"holdfast/internal/jcs"
	"holdfast/tools/peers/recording"
)

// Signed is a signed statement that a peer judges with its signer's key: Input of what is to be judged.
type Signed struct {
	JWS string  `json:"jws"`
	Key did.JWK `json:"key"`
}

// Order is a JWS that a peer makes: Input of what is to be made.
type Order struct {
	Private privateJWK `json:"private"`
	Header  string     `json:"header"` // JSON, its members in the order in which a peer that keeps it writes them
	Payload string     `json:"payload"`
}

// Statements is what a JOSE library is asked.
func Statements() (recording.Task, error) {
	all, err := newSigners()
	if err != nil {
		return recording.Task{}, err
	}
	text, err := statement.NewText("I agree.\n<b>\u2028\U0001f600")
	if err != nil {
		return recording.Task{}, err
	}
	file, err := statement.NewFile(context.Background(), strings.NewReader("abc"), "a.txt", nil)
	if err != nil {
		return recording.Task{}, err
	}
	ours, err := ourStatements(all, text, file)
	if err != nil {
		return recording.Task{}, err
	}
	altered, err := alteredStatements(all, text)
	if err != nil {
		return recording.Task{}, err
	}
	theirs, err := theirStatements(all, text, file)
	return recording.Task{Judge: append(ours, altered...), Make: theirs}, err
}

// ourStatements are signed as the wallet signs.
func ourStatements(all signers, text statement.Text, file statement.File) ([]recording.Ask, error) {
	var ours asks
	for _, by := range []struct {
		name string
		signer
	}{{"EdDSA", all.ed25519}, {"ES256", all.p256}, {"ES256K", all.secp256k1}, {"did:peer:4", all.assertion}} {
		for _, s := range []statement.Statement{text, file} {
			jws, err := signed(s, by.signer)
			if err != nil {
				return nil, err
			}
			ours.judge(by.name+" "+string(s.Type()), jws, by.signer)
		}
	}
	return ours.list, ours.err
}

func signed(s statement.Statement, by signer) (string, error) {
	header, err := statement.NewHeader(s, by.keyID, by.public)
	if err != nil {
		return "", err
	}
	input, err := statement.SigningInput(s, header)
	if err != nil {
		return "", err
	}
	return statement.Assemble(input, by.sign(input))
}

// alteredStatements are what the wallet would not write, most of them with a good signature by the key that they name.
func alteredStatements(all signers, text statement.Text) ([]recording.Ask, error) {
	payload, err := text.Payload()
	if err != nil {
		return nil, err
	}
	good, err := signed(text, all.ed25519)
	if err != nil {
		return nil, err
	}
	foreign, err := all.other.public.JWK()
	if err != nil {
		return nil, err
	}
	by, parts := all.ed25519, strings.Split(good, ".")
	forged, unsigned, short := by, by, all.assertion
	forged.sign = all.other.sign
	unsigned.sign = func([]byte) []byte { return nil }
	short.keyID.DID = all.short
	mirror, der := all.p256, all.p256
	mirror.sign = func(input []byte) []byte { return mirrored(all.p256.sign(input)) }
	der.sign = func(input []byte) []byte { return inASN1(all.p256.sign(input)) }

	never := base64.RawURLEncoding.EncodeToString([]byte(`{"text":"I never agreed."}`))
	var a asks
	a.judge("another payload", parts[0]+"."+never+"."+parts[2], by)
	a.judge("signed by another key", a.join(members{}, payload, forged), by)
	a.judge("signed by another key, which the header brings", a.join(members{"jwk": foreign}, payload, forged), by)
	a.judge("header with a key of its own", a.join(members{"jwk": foreign}, payload, by), by)
	a.judge("alg of another curve", a.join(members{"alg": "ES256"}, payload, by), by)
	a.judge("alg Ed25519", a.join(members{"alg": "Ed25519"}, payload, by), by)
	a.judge("alg none, unsigned", a.join(members{"alg": "none"}, payload, unsigned), by)
	a.judge("alg in lower case", a.join(members{"alg": "eddsa"}, payload, by), by)
	a.judge("ES256 with the other S", a.join(members{}, payload, mirror), mirror)
	a.judge("ES256 in ASN.1", a.join(members{}, payload, der), der)
	a.judge("unknown critical member", a.join(members{"crit": []string{"holdfast"}, "holdfast": 1}, payload, by), by)
	a.judge("critical b64", a.join(members{"crit": []string{"b64"}, "b64": true}, payload, by), by)
	a.judge("header with a member more", a.join(members{"cty": "text/plain"}, payload, by), by)
	a.judge("header in another order", join(reversed(by), payload, by), by)
	a.judge("header with white space", join(strings.Replace(a.header(by, members{}), ":", ": ", 1), payload, by), by)
	twice := strings.Replace(a.header(by, members{}), "{", `{"alg":"EdDSA",`, 1)
	a.judge("header member twice", join(twice, payload, by), by)
	a.judge("typ of another program", a.join(members{"typ": "JWT"}, payload, by), by)
	a.judge("typ of a file", a.join(members{"typ": statement.TypeFile}, payload, by), by)
	a.judge("payload with white space", a.join(members{}, bytes.Replace(payload, []byte(":"), []byte(": "), 1), by), by)
	a.judge("payload that is no statement", a.join(members{}, []byte("abc"), by), by)
	a.judge("did:peer:4, authentication key", a.join(members{}, payload, all.authentication), all.authentication)
	a.judge("did:peer:4, short form", a.join(members{}, payload, short), short)
	a.judge("padded", good+"==", by)
	a.judge("line break behind it", good+"\n", by)
	a.judge("line break within it", parts[0]+".\n"+parts[1]+"."+parts[2], by)
	a.judge("stray bits at its end", good[:len(good)-1]+string(good[len(good)-1]+1), by)
	return a.list, a.err
}

// theirStatements are what a JOSE library signs for us.
func theirStatements(all signers, text statement.Text, file statement.File) ([]recording.Ask, error) {
	plain, err := text.Payload()
	if err != nil {
		return nil, err
	}
	whole, err := file.Payload()
	if err != nil {
		return nil, err
	}
	by, asFile := all.ed25519, members{"typ": statement.TypeFile}
	var a asks
	a.order("EdDSA, text", by, a.header(by, members{}), plain)
	a.order("EdDSA, file", by, a.header(by, asFile), whole)
	a.order("ES256, text", all.p256, a.header(all.p256, members{}), plain)
	a.order("ES256K, text", all.secp256k1, a.header(all.secp256k1, members{}), plain)
	a.order("did:peer:4, text", all.assertion, a.header(all.assertion, members{}), plain)
	signsIn := all.authentication
	a.order("did:peer:4, text by the authentication key", signsIn, a.header(signsIn, members{}), plain)
	a.order("alg Ed25519", by, a.header(by, members{"alg": "Ed25519"}), plain)
	a.order("header in another order", by, reversed(by), plain)
	a.order("header with a member more", by, a.header(by, members{"cty": "text/plain"}), plain)
	a.order("payload with white space", by, a.header(by, members{}), bytes.Replace(plain, []byte(":"), []byte(": "), 1))
	a.order("text under the typ of a file", by, a.header(by, asFile), plain)
	a.order("by another key than the header names", all.other, a.header(by, members{}), plain)
	return a.list, a.err
}

// members are those of a header that differ from what the wallet writes.
type members map[string]any

// asks collects questions, and keeps the first error.
type asks struct {
	list []recording.Ask
	err  error
}

// keep notes an error, unless there was one before.
func (a *asks) keep(err error) {
	if a.err == nil {
		a.err = err
	}
}

func (a *asks) ask(name string, input any) {
	text, err := jcs.Marshal(input)
	a.keep(err)
	a.list = append(a.list, recording.Ask{Name: name, Input: text})
}

// judge asks whether a JWS is signed by a signer.
func (a *asks) judge(name, jws string, by signer) {
	jwk, err := by.public.JWK()
	a.keep(err)
	a.ask(name, Signed{JWS: jws, Key: jwk})
}

// order asks for a JWS.
func (a *asks) order(name string, by signer, header string, payload []byte) {
	public, err := by.public.JWK()
	a.keep(err)
	private := privateJWK{JWK: public, D: base64.RawURLEncoding.EncodeToString(by.secret)}
	a.ask(name, Order{Private: private, Header: header, Payload: string(payload)})
}

// header is that of a text, canonical, with members changed or added.
func (a *asks) header(by signer, changed members) string {
	all := members{"alg": by.algorithm, "kid": by.keyID.String(), "typ": statement.TypeText}
	maps.Copy(all, changed)
	text, err := jcs.Marshal(all)
	a.keep(err)
	return string(text)
}

// join signs a payload under a header with members changed or added.
func (a *asks) join(changed members, payload []byte, by signer) string {
	return join(a.header(by, changed), payload, by)
}

// join signs any header and payload.
func join(header string, payload []byte, by signer) string {
	enc := base64.RawURLEncoding
	input := enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString(payload)
	return input + "." + enc.EncodeToString(by.sign([]byte(input)))
}

// reversed is the header of a text with its members from last to first.
func reversed(by signer) string {
	return fmt.Sprintf(`{"typ":%q,"kid":%q,"alg":%q}`, statement.TypeText, by.keyID, by.algorithm)
}
