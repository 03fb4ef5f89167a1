package inputs

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"strings"

	"holdfast/did"
	"holdfast/did/peer"
	"holdfast/tools/peers/recording"
)

// Resolvable is a did:peer:4 that a peer resolves: Input of what is to be judged.
type Resolvable struct {
	DID   string   `json:"did"`
	Known []string `json:"known"` // long forms that the peer has met before
}

// Document is a document of which a peer makes a did:peer:4: Input of what is to be made.
type Document struct {
	Document string `json:"document"` // JSON; the order of its members is the DID's
}

const published = "did/peer/testdata"

// PeerDIDs is what an implementation of did:peer:4 is asked. tree is the project's folder, which holds the published
// documents.
func PeerDIDs(tree fs.FS) (recording.Task, error) {
	keys, err := relationship()
	if err != nil {
		return recording.Task{}, err
	}
	long, short, err := peer.CreateFor(keys)
	if err != nil {
		return recording.Task{}, err
	}
	var judge asks
	judge.ask("one relationship", Resolvable{DID: long.String(), Known: []string{}})
	judge.ask("its short form", Resolvable{DID: short.String(), Known: []string{long.String()}})
	judge.ask("its short form, unknown", Resolvable{DID: short.String(), Known: []string{}})
	if err := judge.publishedDocuments(tree); err != nil {
		return recording.Task{}, err
	}
	judge.alteredDIDs(long.String(), short.String())
	built, err := peer.Build4(keys)
	if err != nil {
		return recording.Task{}, err
	}
	var make asks
	make.documents(built)
	judge.keep(make.err)
	return recording.Task{Judge: judge.list, Make: make.list}, judge.err
}

// publishedDocuments asks for the documents of the method's authors, under the DIDs that we make of them.
func (a *asks) publishedDocuments(tree fs.FS) error {
	names, err := fs.Glob(tree, published+"/*.json")
	if err != nil || len(names) != 6 {
		return fmt.Errorf("found %d published documents, want 6 (%w)", len(names), err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		long, _, err := peer.Create(text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		a.ask("published "+strings.TrimPrefix(name, published+"/"), Resolvable{DID: long.String(), Known: []string{}})
	}
	return nil
}

// alteredDIDs asks for DIDs that we would not make.
func (a *asks) alteredDIDs(long, short string) {
	json := func(document string) string { return a.hashed(did.Base58BTC, 0x0200, document) }
	hello := json(`{"hello":"world"}`)
	for _, c := range []struct{ name, did string }{
		{"document changed", long[:len(long)-1] + "2"},
		{"hash of another", short + hello[strings.LastIndex(hello, ":"):]},
		{"in base64url", a.hashed(did.Base64URL, 0x0200, `{"hello":"world"}`)},
		{"codec raw", a.hashed(did.Base58BTC, 0x55, `{"hello":"world"}`)},
		{"with an alias of its own", json(`{"alsoKnownAs":["did:example:me"]}`)},
		{"with an id", json(`{"id":"did:example:1"}`)},
		{"with absolute ids", json(`{"verificationMethod":[{"id":"did:example:1#a","type":"Multikey"}]}`)},
		{"member twice", json(`{"hello":"world","hello":"moon"}`)},
		{"empty", json(`{}`)},
		{"white space", json(`{ "hello": "world" }`)},
	} {
		a.ask(c.name, Resolvable{DID: c.did, Known: []string{}})
	}
}

// hashed is the long form of any text under its right hash.
func (a *asks) hashed(base did.Base, codec uint64, text string) string {
	encoded, err := did.EncodeMultibase(base, append(did.AppendCodec(nil, codec), text...))
	a.keep(err)
	sum := sha256.Sum256([]byte(encoded))
	hash, err := did.EncodeMultibase(did.Base58BTC, append([]byte{0x12, sha256.Size}, sum[:]...))
	a.keep(err)
	return "did:peer:4" + hash + ":" + encoded
}

// documents asks for DIDs of documents that we did not encode.
func (a *asks) documents(built []byte) {
	const (
		signs  = "z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V" // of the method's README
		agrees = "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"
		suites = `{"@context":["https://www.w3.org/ns/did/v1"],"verificationMethod":[` +
			`{"id":"#a","type":"Ed25519VerificationKey2020","publicKeyMultibase":"` + signs + `"},` +
			`{"id":"#b","type":"X25519KeyAgreementKey2020","publicKeyMultibase":"` + agrees + `"}],` +
			`"assertionMethod":["#a"],"keyAgreement":["#b"],` +
			`"service":[{"id":"#s","type":"did-communication","priority":0,"recipientKeys":["#a"],` +
			`"serviceEndpoint":"https://example.com"}]}`
	)
	a.ask("one relationship", Document{Document: string(built)})
	a.ask("suites of 2020, with a service", Document{Document: suites})
	embedded := `{"assertionMethod":[{"id":"#a","type":"Multikey","publicKeyMultibase":"` + signs + `"}]}`
	a.ask("embedded key", Document{Document: embedded})
}
