package peer_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"holdfast/did"
	"holdfast/did/peer"
	"holdfast/internal/jcs"
	"holdfast/tools/peers/inputs"
	"holdfast/tools/peers/recording"
)

// peerRecordings is where make peers writes what other people's programs said of did:peer:4.
const peerRecordings = "testdata/peers"

// refusedHere are the DIDs that credo resolves and this package refuses, and why that is right.
var refusedHere = map[string]string{
	"with an id":        "the method: an input document must not have one; credo writes its own over it",
	"with absolute ids": "the method: ids of an input document must be relative; credo leaves them",
	"member twice":      "JSON in which two readers may see two documents",
	"empty":             "the method: the document must not be empty",
}

// documentsDiffer are the DIDs of which credo gives another document, how it is made of ours, and why ours is right.
var documentsDiffer = map[string]struct {
	why  string
	mend func(doc map[string]any, long string)
}{
	"its short form": {
		"the method: the id of a resolved short form is the short form; credo's is the long one",
		func(doc map[string]any, long string) {
			doc["id"], doc["alsoKnownAs"] = long, []any{doc["id"]}
			for _, method := range list(doc["verificationMethod"]) {
				method["controller"] = long
			}
		},
	},
	"with an alias of its own": {
		"the method adds to alsoKnownAs; credo writes over it",
		func(doc map[string]any, _ string) {
			aliases, _ := doc["alsoKnownAs"].([]any)
			doc["alsoKnownAs"] = aliases[len(aliases)-1:]
			doc["@context"] = []any{did.ContextDID}
		},
	},
	"published 1.json": {
		"the document is the input's; credo adds a priority to a service that has none",
		func(doc map[string]any, _ string) {
			for _, service := range list(doc["service"]) {
				service["priority"] = 0
			}
		},
	},
	"white space": {
		"the document is the input's; credo adds @context where there is none",
		func(doc map[string]any, _ string) { doc["@context"] = []any{did.ContextDID} },
	},
}

// keysDiffer are the keys, by DID and fragment, that only one of the two reads, and why.
var keysDiffer = map[string]string{
	"its short form#authentication": shortKeys,
	"its short form#assertion":      shortKeys,
	"its short form#agreement":      shortKeys,
	"its short form#succession":     shortKeys,
	"published 0.json#1":            suites2018,
	"published 1.json#1":            suites2018,
	"published 2.json#key-3":        "credo reads Ed25519VerificationKey2020 and not X25519KeyAgreementKey2020",
	"published 3.json#zC8GybikEfyNaausDA4mkT4egP7SNLx2T1d1kujLQbcP6h": suites2018,
}

const (
	shortKeys  = "credo looks for keys under the long form only: so signed statements name their key in the long form"
	suites2018 = "the suites of 2018 and 2019, which nothing here writes"
)

// purposes are those for which a document may give a key.
var purposes = []did.Relationship{
	did.Authentication, did.AssertionMethod, did.KeyAgreement, did.CapabilityInvocation, did.CapabilityDelegation,
}

// credoSaid is what credo said of a DID, or made.
type credoSaid struct {
	Document json.RawMessage
	Keys     map[did.Relationship]map[string]json.RawMessage // by the fragment, with its number sign
	Made     string
	Short    string
	Refused  string
}

// TestPeersResolve holds credo's documents beside ours.
func TestPeersResolve(t *testing.T) {
	differing, refused, unequal := 0, 0, map[string]bool{}
	for _, a := range credo(t).Judged {
		var in inputs.Resolvable
		var said credoSaid
		decode(t, a.Input, &in)
		decode(t, a.Said, &said)
		doc, long, err := resolveAny(t, in)
		if agree := (err == nil) == (said.Refused == ""); agree != (refusedHere[a.Name] == "") {
			t.Errorf("%s: credo says %q, we say %v; in the table: %q", a.Name, said.Refused, err, refusedHere[a.Name])
		}
		if refusedHere[a.Name] != "" {
			refused++
		}
		if err != nil || said.Refused != "" {
			continue
		}
		want := canonicalOf(t, doc)
		if differ, ok := documentsDiffer[a.Name]; ok {
			differing++
			want = mended(t, want, long, differ.mend)
		}
		if got, err := jcs.Canonical(said.Document); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v\ncredo %s\nours  %s", a.Name, err, got, want)
		}
		compareKeys(t, a.Name, doc, said, unequal)
	}
	if differing != len(documentsDiffer) || refused != len(refusedHere) {
		t.Errorf("%d documents differ and %d DIDs are refused, want the %d and %d of the tables",
			differing, refused, len(documentsDiffer), len(refusedHere))
	}
	for key := range keysDiffer {
		if !unequal[key] {
			t.Errorf("%s: in the table, but read alike", key)
		}
	}
}

// TestPeersCreate resolves the DIDs that credo made.
func TestPeersCreate(t *testing.T) {
	made := credo(t).Made
	for _, a := range made {
		var in inputs.Document
		var said credoSaid
		decode(t, a.Input, &in)
		decode(t, a.Said, &said)
		if said.Made == "" {
			t.Errorf("%s: credo made none: %s", a.Name, said.Refused)
			continue
		}
		long, short := parse(t, said.Made), parse(t, said.Short)
		if of, err := peer.Short(long); err != nil || of != short {
			t.Errorf("%s: short form %s, %v, want credo's %s", a.Name, of, err, short)
		}
		doc, err := peer.Resolve(long)
		compare(t, doc, err, string(said.Document))
	}
	// Of the document that Build4 makes, credo makes the very DID that we make.
	var said credoSaid
	decode(t, made[0].Said, &said)
	var in inputs.Document
	decode(t, made[0].Input, &in)
	long, short, err := peer.Create([]byte(in.Document))
	if err != nil || long.String() != said.Made || short.String() != said.Short {
		t.Errorf("of one document we make %s, %v, and credo %s", long, err, said.Made)
	}
}

// credo reads what credo said; it must have been asked exactly what it would be asked today.
func credo(t *testing.T) recording.Recording {
	t.Helper()
	task, err := inputs.PeerDIDs(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if err := recording.Complete(peerRecordings, "credo"); err != nil {
		t.Fatal(err)
	}
	r, err := recording.Read(peerRecordings, "credo", task)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// resolveAny resolves either form, and returns the long one.
func resolveAny(t *testing.T, in inputs.Resolvable) (doc did.Document, long string, err error) {
	t.Helper()
	id := parse(t, in.DID)
	if len(in.Known) == 0 {
		doc, err = peer.Resolve(id)
		return doc, in.DID, err
	}
	doc, err = peer.ResolveShort(id, parse(t, in.Known[0]))
	return doc, in.Known[0], err
}

// compareKeys compares the keys for each purpose, and adds those that only one of the two reads to unequal.
func compareKeys(t *testing.T, name string, doc did.Document, said credoSaid, unequal map[string]bool) {
	t.Helper()
	for _, purpose := range purposes {
		if got, want := len(said.Keys[purpose]), len(doc.Relationship(purpose)); got != want {
			t.Errorf("%s: credo finds %d keys for %s, we %d", name, got, purpose, want)
		}
		for fragment, text := range said.Keys[purpose] {
			var theirs struct {
				did.JWK
				Refused string
			}
			decode(t, text, &theirs)
			ours, err := jwkOf(doc, purpose, fragment)
			why := keysDiffer[name+fragment]
			if agree := (err == nil) == (theirs.Refused == ""); agree != (why == "") {
				t.Errorf("%s%s for %s: credo says %q, we say %v; in the table: %q",
					name, fragment, purpose, theirs.Refused, err, why)
			}
			if err == nil && theirs.Refused == "" && ours != theirs.JWK {
				t.Errorf("%s%s for %s: credo reads %+v, we %+v", name, fragment, purpose, theirs, ours)
			}
			unequal[name+fragment] = unequal[name+fragment] || (err == nil) != (theirs.Refused == "")
		}
	}
}

// jwkOf is the key that a document gives for a purpose under a fragment with its number sign.
func jwkOf(doc did.Document, purpose did.Relationship, fragment string) (did.JWK, error) {
	method, err := doc.Authorized(purpose, doc.ID.URL(strings.TrimPrefix(fragment, "#")))
	if err != nil {
		return did.JWK{}, err
	}
	public, err := method.PublicKey()
	if err != nil {
		return did.JWK{}, err
	}
	return public.JWK()
}

func canonicalOf(t *testing.T, doc did.Document) []byte {
	t.Helper()
	text, err := doc.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// mended changes a document as mend says; it must change something.
func mended(t *testing.T, text []byte, long string, mend func(map[string]any, string)) []byte {
	t.Helper()
	var doc map[string]any
	decode(t, text, &doc)
	mend(doc, long)
	changed, err := jcs.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// list is a list of objects.
func list(v any) (objects []map[string]any) {
	entries, _ := v.([]any)
	for _, e := range entries {
		if o, ok := e.(map[string]any); ok {
			objects = append(objects, o)
		}
	}
	return objects
}

func decode(t *testing.T, text json.RawMessage, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}
