package piv

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/des"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/token/virtual/body"
)

// host is a client of a card in a test.
type host struct {
	t    *testing.T
	card *Card
	body *body.Body
}

func newHost(t *testing.T, firmware string) host {
	t.Helper()
	return connect(t, body.Options{Dir: t.TempDir(), Serial: 7777, Firmware: firmware})
}

// connect makes a key, or opens it again, and selects its PIV application.
func connect(t *testing.T, o body.Options) host {
	t.Helper()
	b, err := body.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
	})
	c, err := New(b, "")
	if err != nil {
		t.Fatal(err)
	}
	h := host{t, c, b}
	h.ok(insSelect, 0x04, 0, aidPIV[:5])
	return h
}

// send sends a command, chained when it is long, and fetches the whole answer.
func (h host) send(ins, p1, p2 byte, data []byte) ([]byte, status) {
	h.t.Helper()
	for len(data) > 255 {
		if _, s := h.transmit(Command{Class: 0x10, Instruction: ins, P1: p1, P2: p2, Data: data[:255]}); s != statusOK {
			h.t.Fatalf("part of a chain: %v", s)
		}
		data = data[255:]
	}
	answer, s := h.transmit(Command{Instruction: ins, P1: p1, P2: p2, Data: data, Expected: maxShort})
	for s&0xFF00 == statusMore {
		var rest []byte
		rest, s = h.transmit(Command{Instruction: insGetResponse, Expected: maxShort})
		answer = append(answer, rest...)
	}
	return answer, s
}

func (h host) transmit(c Command) ([]byte, status) {
	h.t.Helper()
	apdu, err := c.Bytes()
	if err != nil {
		h.t.Fatal(err)
	}
	answer, err := h.card.Transmit(h.t.Context(), apdu)
	if err != nil {
		h.t.Fatal(err)
	}
	n := len(answer) - 2
	return answer[:n:n], status(answer[n])<<8 | status(answer[n+1])
}

func (h host) ok(ins, p1, p2 byte, data []byte) []byte {
	h.t.Helper()
	answer, s := h.send(ins, p1, p2, data)
	if s != statusOK {
		h.t.Fatalf("instruction %02x %02x %02x: %v", ins, p1, p2, s)
	}
	return answer
}

func (h host) gives(want status, ins, p1, p2 byte, data []byte) {
	h.t.Helper()
	if _, s := h.send(ins, p1, p2, data); s != want {
		h.t.Fatalf("instruction %02x %02x %02x: %v, want %v", ins, p1, p2, s, want)
	}
}

// manage authenticates the management key the single way.
func (h host) manage() {
	h.t.Helper()
	k := h.card.state.Management
	block, err := k.block()
	if err != nil {
		h.t.Fatal(err)
	}
	challenge := h.template(tagChallenge, h.ok(insAuthenticate, k.Algorithm, refManagement, []byte{tagTemplate, 2, tagChallenge, 0}))
	sealed := make([]byte, len(challenge))
	block.Encrypt(sealed, challenge)
	h.ok(insAuthenticate, k.Algorithm, refManagement, appendElement(nil, tagTemplate, appendElement(nil, tagResponse, sealed)))
}

func (h host) template(tag uint32, answer []byte) []byte {
	h.t.Helper()
	inner, err := readOnly(answer, tagTemplate)
	if err != nil {
		h.t.Fatal(err)
	}
	value, err := readOnly(inner, tag)
	if err != nil {
		h.t.Fatal(err)
	}
	return value
}

// makeKey generates a key and returns its point.
func (h host) makeKey(slot, algorithm, pin, touch byte) []byte {
	h.t.Helper()
	fields := appendElement(nil, tagAlgorithm, []byte{algorithm})
	fields = appendElement(fields, tagPINPolicy, []byte{pin})
	fields = appendElement(fields, tagTouchPolicy, []byte{touch})
	answer, err := readOnly(h.ok(insGenerate, 0, slot, appendElement(nil, tagGenerate, fields)), tagPublicKey)
	if err != nil {
		h.t.Fatal(err)
	}
	point, err := readOnly(answer, tagPoint)
	if err != nil {
		h.t.Fatal(err)
	}
	return point
}

// request is the data of GENERAL AUTHENTICATE with a slot's key.
func request(tag uint32, value []byte) []byte {
	return appendElement(nil, tagTemplate, []byte{tagResponse, 0}, appendElement(nil, tag, value))
}

func verifyPIN(pin string) []byte {
	return append([]byte(pin), bytes.Repeat([]byte{0xFF}, pinLength-len(pin))...)
}

func TestATRChecks(t *testing.T) {
	check := byte(0)
	for _, b := range atr[1:] {
		check ^= b
	}
	if check != 0 || atr[1]&0xF0 != 0xF0 || int(atr[1]&0x0F) != 13 {
		t.Fatalf("ATR %x: check octet or form is wrong", atr)
	}
}

func TestSelectKeepsAndClears(t *testing.T) {
	h := newHost(t, "5.7.1")
	h.ok(insVerify, 0, refPIN, factoryPIN)
	if got := h.ok(insSelect, 4, 0, aidPIV); !bytes.Equal(got, propertyTemplate) {
		t.Fatalf("property template %x", got)
	}
	h.ok(insVerify, 0, refPIN, nil)
	h.gives(statusNotFound, insSelect, 4, 0, []byte{0xA0, 0, 0, 5, 0x27, 0x20, 1, 1})
	h.ok(insVerify, 0, refPIN, nil)
	if got := h.ok(insSelect, 4, 0, aidManagement); string(got) != "Virtual mgr - FW version 5.7.1" {
		t.Fatalf("management: %q", got)
	}
	h.gives(statusNoInstruction, insVerify, 0, refPIN, nil)
	config := h.ok(0x1D, 0, 0, nil)
	// The passkey side answers body.Config to its vendor command: both sides name one key, octet by octet.
	const want = "2b" + "01020212" + "020400001e61" + "03020212" + "040101" + "0503050701" + "06020000" + "07010f" + "080100" + "0a0100" + "0d020212" + "0e020212"
	if hex.EncodeToString(config) != want || !bytes.Equal(config, h.body.Config(body.FIDO2)) {
		t.Fatalf("configuration %x, of the passkey side %x, want %s", config, h.body.Config(body.FIDO2), want)
	}
	h.ok(insSelect, 4, 0, aidPIV)
	h.gives(triesLeft(3), insVerify, 0, refPIN, nil)
}

func TestPIN(t *testing.T) {
	h := newHost(t, "5.7.1")
	if got := h.ok(insGetMetadata, 0, refPIN, nil); hex.EncodeToString(got) != "0101ff05010106020303" {
		t.Fatalf("metadata of the PIN: %x", got)
	}
	h.gives(triesLeft(2), insVerify, 0, refPIN, verifyPIN("654321"))
	h.ok(insVerify, 0, refPIN, factoryPIN)
	h.gives(triesLeft(2), insVerify, 0, refPIN, verifyPIN(""))
	h.gives(triesLeft(2), insVerify, 0, refPIN, nil)
	h.gives(statusBadData, insVerify, 0, refPIN, []byte("123456"))
	h.gives(statusBadData, insChangeReference, 0, refPIN, append(verifyPIN("123456"), verifyPIN("12345")...))
	h.ok(insChangeReference, 0, refPIN, append(verifyPIN("123456"), verifyPIN("864209")...))
	if got := h.ok(insGetMetadata, 0, refPIN, nil); hex.EncodeToString(got) != "0101ff05010006020303" {
		t.Fatalf("metadata of the PIN: %x", got)
	}
	for left := 2; left >= 0; left-- {
		h.gives(triesLeft(left), insVerify, 0, refPIN, verifyPIN("123456"))
	}
	h.gives(statusBlocked, insVerify, 0, refPIN, verifyPIN("864209"))
	h.gives(statusBlocked, insVerify, 0, refPIN, nil)
	h.gives(triesLeft(2), insResetRetry, 0, refPIN, append(verifyPIN("00000000"), verifyPIN("135790")...))
	h.ok(insResetRetry, 0, refPIN, append(verifyPIN("12345678"), verifyPIN("135790")...))
	h.gives(triesLeft(3), insVerify, 0, refPIN, nil)
	h.ok(insVerify, 0, refPIN, verifyPIN("135790"))
	h.ok(insVerify, 0xFF, refPIN, nil)
	h.gives(triesLeft(3), insVerify, 0, refPIN, nil)
}

func TestTriesSurviveTheProcess(t *testing.T) {
	h := newHost(t, "5.7.1")
	h.gives(triesLeft(2), insVerify, 0, refPIN, verifyPIN("654321"))
	dir := h.body.Dir()
	if err := h.body.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := body.Open(body.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	c, err := New(b, "")
	if err != nil {
		t.Fatal(err)
	}
	if left, total := c.Tries(false); left != 2 || total != 3 {
		t.Fatalf("%d of %d tries", left, total)
	}
	if err := c.SetTries(false, 4); err == nil {
		t.Fatal("more tries than the total were taken")
	}
}

func TestResetNeedsBothBlocked(t *testing.T) {
	h := newHost(t, "5.7.1")
	h.manage()
	h.makeKey(0x9A, algP256, 0, 0)
	attestation := h.card.state.Slots["f9"].PKCS8
	for left := 2; left >= 0; left-- {
		h.gives(triesLeft(left), insVerify, 0, refPIN, verifyPIN("654321"))
	}
	h.gives(statusNotAllowed, insReset, 0, 0, nil)
	for left := 2; left >= 0; left-- {
		h.gives(triesLeft(left), insChangeReference, 0, refPUK, append(verifyPIN("1"), verifyPIN("2")...))
	}
	h.ok(insReset, 0, 0, nil)
	h.ok(insVerify, 0, refPIN, factoryPIN)
	h.gives(statusNoReference, insGetMetadata, 0, 0x9A, nil)
	h.gives(statusNotSatisfied, insGenerate, 0, 0x9A, []byte{tagGenerate, 3, tagAlgorithm, 1, algP256})
	if !bytes.Equal(attestation, h.card.state.Slots["f9"].PKCS8) {
		t.Fatal("the attestation key changed")
	}
}

func TestManagementKeys(t *testing.T) {
	for _, firmware := range []string{"5.4.3", "5.7.1"} {
		h := newHost(t, firmware)
		want := "0101030202000105010" + "1"
		if firmware == "5.7.1" {
			want = "01010a0202000105010" + "1"
		}
		if got := h.ok(insGetMetadata, 0, refManagement, nil); hex.EncodeToString(got) != want {
			t.Fatalf("firmware %s: metadata %x, want %s", firmware, got, want)
		}
		for algorithm, n := range map[byte]int{alg3DES: 24, algAES128: 16, algAES192: 24, algAES256: 32} {
			h.manage()
			key := make([]byte, n)
			if _, err := rand.Read(key); err != nil {
				t.Fatal(err)
			}
			h.gives(statusBadData, insSetManagementKey, 0xFF, 0xFF, append([]byte{algorithm, refManagement, byte(n - 1)}, key[1:]...))
			h.ok(insSetManagementKey, 0xFF, 0xFF, append([]byte{algorithm, refManagement, byte(n)}, key...))
			h.card.Reset()
			h.ok(insSelect, 4, 0, aidPIV)
			h.mutual(algorithm, key)
			h.gives(statusBadData, insAuthenticate, algorithm^1, refManagement, []byte{tagTemplate, 2, tagChallenge, 0})
		}
	}
	h := newHost(t, "5.3.0")
	h.manage()
	h.gives(statusBadData, insSetManagementKey, 0xFF, 0xFF, append([]byte{algAES128, refManagement, 16}, make([]byte, 16)...))
}

// mutual authenticates the management key the mutual way, after a wrong try.
func (h host) mutual(algorithm byte, key []byte) {
	h.t.Helper()
	block, err := aes.NewCipher(key)
	if algorithm == alg3DES {
		block, err = des.NewTripleDESCipher(key)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	challenge := make([]byte, block.BlockSize())
	for _, spoil := range []byte{1, 0} {
		witness := h.template(tagWitness, h.ok(insAuthenticate, algorithm, refManagement, []byte{tagTemplate, 2, tagWitness, 0}))
		block.Decrypt(witness, witness)
		witness[0] ^= spoil
		data := appendElement(nil, tagTemplate, appendElement(nil, tagWitness, witness), appendElement(nil, tagChallenge, challenge))
		answer, s := h.send(insAuthenticate, algorithm, refManagement, data)
		if spoil == 1 {
			if s != statusNotSatisfied {
				h.t.Fatalf("a wrong witness: %v", s)
			}
			h.gives(statusNotSatisfied, insPutData, 0x3F, 0xFF, []byte{tagList, 3, 0x5F, 0xC1, 2, tagValue, 0})
			h.gives(statusNotSatisfied, insAuthenticate, algorithm, refManagement, data)
			continue
		}
		want := make([]byte, len(challenge))
		block.Encrypt(want, challenge)
		if s != statusOK || !bytes.Equal(h.template(tagResponse, answer), want) {
			h.t.Fatalf("mutual authentication: %v %x", s, answer)
		}
	}
	h.ok(insPutData, 0x3F, 0xFF, []byte{tagList, 3, 0x5F, 0xC1, 2, tagValue, 0})
}

func TestAgreement(t *testing.T) {
	h := newHost(t, "5.7.1")
	h.manage()
	for algorithm, curve := range map[byte]ecdh.Curve{algP256: ecdh.P256(), algP384: ecdh.P384(), algX25519: ecdh.X25519()} {
		own, err := curve.NewPublicKey(h.makeKey(0x82, algorithm, pinOnce, touchNever))
		if err != nil {
			t.Fatal(err)
		}
		peer, err := curve.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		h.ok(insVerify, 0xFF, refPIN, nil)
		h.gives(statusNotSatisfied, insAuthenticate, algorithm, 0x82, request(tagExponentiation, peer.PublicKey().Bytes()))
		h.ok(insVerify, 0, refPIN, factoryPIN)
		got := h.template(tagResponse, h.ok(insAuthenticate, algorithm, 0x82, request(tagExponentiation, peer.PublicKey().Bytes())))
		want, err := peer.ECDH(own)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("algorithm %02x: %x, want %x: %v", algorithm, got, want, err)
		}
		bad := bytes.Clone(peer.PublicKey().Bytes())
		h.gives(statusBadData, insAuthenticate, algorithm, 0x82, request(tagExponentiation, bad[1:]))
		h.gives(statusBadData, insAuthenticate, algorithm, 0x82, request(tagExponentiation, make([]byte, len(bad))))
		h.gives(statusBadData, insAuthenticate, algEd25519, 0x82, request(tagExponentiation, bad))
	}
	h.gives(statusBadData, insAuthenticate, algP256, 0x83, request(tagExponentiation, nil))
}

func TestSignatures(t *testing.T) {
	h := newHost(t, "5.7.1")
	h.manage()
	digest := sha256.Sum256([]byte("to be signed"))
	point := h.makeKey(0x9C, algP256, 0, 0)
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	// The signature slot asks for the PIN each time.
	h.ok(insVerify, 0, refPIN, factoryPIN)
	sig := h.template(tagResponse, h.ok(insAuthenticate, algP256, 0x9C, request(tagChallenge, digest[:])))
	if !ecdsa.VerifyASN1(public, digest[:], sig) {
		t.Fatal("the signature does not verify")
	}
	h.gives(statusNotSatisfied, insAuthenticate, algP256, 0x9C, request(tagChallenge, digest[:]))
	h.ok(insVerify, 0, refPIN, nil)
	// The card-authentication slot never does.
	h.ok(insVerify, 0xFF, refPIN, nil)
	edwards := h.makeKey(0x9E, algEd25519, 0, 0)
	message := bytes.Repeat([]byte("long "), 200)
	if sig = h.template(tagResponse, h.ok(insAuthenticate, algEd25519, 0x9E, request(tagChallenge, message))); !ed25519.Verify(edwards, message, sig) {
		t.Fatal("the signature does not verify")
	}
	h.gives(statusBadData, insAuthenticate, algP256, 0x9C, request(tagChallenge, append(digest[:], 0)))
}

func TestTouchPolicies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, "5.7.1")
		h.manage()
		h.makeKey(0x83, algP256, pinNever, touchAlways)
		h.makeKey(0x84, algP256, pinNever, touchCached)
		digest := make([]byte, 32)
		begin := time.Now()
		h.gives(statusNotSatisfied, insAuthenticate, algP256, 0x83, request(tagChallenge, digest))
		if waited := time.Since(begin); waited != touchTime {
			t.Fatalf("waited %s for a touch", waited)
		}
		touched := func(slot byte, touches int) {
			t.Helper()
			done := make(chan struct{})
			go func() {
				defer close(done)
				h.ok(insAuthenticate, algP256, slot, request(tagChallenge, digest))
			}()
			for range touches {
				synctest.Wait()
				if !h.body.Touch() {
					t.Errorf("slot %02x asked for no touch", slot)
				}
			}
			<-done
		}
		touched(0x83, 1)
		touched(0x83, 1)
		touched(0x84, 0) // the last touch still counts
		time.Sleep(touchTime)
		touched(0x84, 1)
		touched(0x84, 0)
		last := h.body.Operations()
		if op := last[len(last)-1]; op.Touch || op.Slot != "84" {
			t.Errorf("%+v", op)
		}
		if op := last[len(last)-2]; !op.Touch || op.PIN || op.Result != "9000" {
			t.Errorf("%+v", op)
		}
	})
}

func TestUnplugWhileATouchIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, "5.7.1")
		h.manage()
		h.makeKey(0x83, algP256, pinNever, touchAlways)
		cmd := Command{Instruction: insAuthenticate, P1: algP256, P2: 0x83, Data: request(tagChallenge, make([]byte, 32))}
		apdu, err := cmd.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		failed := make(chan error)
		go func() {
			_, err := h.card.Transmit(context.Background(), apdu)
			failed <- err
		}()
		synctest.Wait()
		h.body.Unplug()
		if err := <-failed; !errors.Is(err, body.ErrUnplugged) {
			t.Fatalf("answer of an unplugged key: %v", err)
		}
	})
}

func TestObjects(t *testing.T) {
	h := newHost(t, "5.7.1")
	tag := []byte{tagList, 3, 0x5F, 0xC1, 0x09}
	if got := h.ok(insGetData, 0x3F, 0xFF, []byte{tagList, 1, objectDiscovery}); !bytes.Equal(got, discovery) {
		t.Fatalf("discovery object %x", got)
	}
	h.gives(statusNotSatisfied, insGetData, 0x3F, 0xFF, tag)
	h.ok(insVerify, 0, refPIN, factoryPIN)
	h.gives(statusNotFound, insGetData, 0x3F, 0xFF, tag)
	value := bytes.Repeat([]byte("0123456789"), 300)
	h.gives(statusNotSatisfied, insPutData, 0x3F, 0xFF, append(tag, appendElement(nil, tagValue, value)...))
	h.manage()
	h.ok(insPutData, 0x3F, 0xFF, append(tag, appendElement(nil, tagValue, value)...))
	if got := h.ok(insGetData, 0x3F, 0xFF, tag); !bytes.Equal(got, appendElement(nil, tagValue, value)) {
		t.Fatalf("%d octets came back", len(got))
	}
	got, s := h.transmit(Command{Instruction: insGetData, P1: 0x3F, P2: 0xFF, Data: tag, Extended: true, Expected: maxExtended})
	if s != statusOK || len(got) != len(value)+4 {
		t.Fatalf("extended: %d octets, %v", len(got), s)
	}
	if got, s = h.transmit(Command{Instruction: insGetData, P1: 0x3F, P2: 0xFF, Data: tag}); s != statusMore || len(got) != 256 {
		t.Fatalf("short: %d octets, %v", len(got), s)
	}
	h.gives(statusNoSpace, insPutData, 0x3F, 0xFF, append(tag, appendElement(nil, tagValue, append(value, make([]byte, 64)...))...))
	h.ok(insPutData, 0x3F, 0xFF, append(tag, tagValue, 0))
	h.gives(statusNotFound, insGetData, 0x3F, 0xFF, tag)
	h.gives(statusNotAllowed, insGetResponse, 0, 0, nil)
}

func TestAttestImportMove(t *testing.T) {
	h := newHost(t, "5.7.1")
	h.manage()
	h.gives(statusBadData, insAttest, 0x9D, 0, nil)
	point := h.makeKey(0x9D, algX25519, pinAlways, touchAlways)
	cert, err := x509.ParseCertificate(h.ok(insAttest, 0x9D, 0, nil))
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKIXPublicKey(cert.RawSubjectPublicKeyInfo)
	if err != nil {
		t.Fatal(err)
	}
	if x, ok := public.(*ecdh.PublicKey); !ok || x.Curve() != ecdh.X25519() || !bytes.Equal(x.Bytes(), point) {
		t.Fatalf("attested key %v", public)
	}
	if issuer, _, err := h.card.attestationKey(); err != nil || cert.CheckSignatureFrom(issuer) != nil {
		t.Fatalf("the attestation is not signed by slot f9: %v", err)
	}
	seed := bytes.Repeat([]byte{7}, 32)
	h.ok(insImportKey, algEd25519, 0x9A, appendElement(nil, importEd25519, seed))
	h.gives(statusBadData, insAttest, 0x9A, 0, nil)
	meta, err := readElements(h.ok(insGetMetadata, 0, 0x9A, nil))
	if err != nil || !bytes.Equal(meta[metaOrigin], []byte{originImported}) || !bytes.Equal(meta[metaPolicy], []byte{pinOnce, touchNever}) {
		t.Fatalf("metadata %x: %v", meta, err)
	}
	if want := ed25519.NewKeyFromSeed(seed)[ed25519.SeedSize:]; !bytes.HasSuffix(meta[metaPublic], want) {
		t.Fatalf("public key %x, want %x", meta[metaPublic], want)
	}
	h.gives(statusBadData, insMoveKey, 0x9D, 0x9A, nil)
	h.ok(insMoveKey, 0x95, 0x9A, nil)
	h.gives(statusNoReference, insGetMetadata, 0, 0x9A, nil)
	h.ok(insGetMetadata, 0, 0x95, nil)
	h.ok(insMoveKey, deleteTarget, 0x95, nil)
	h.gives(statusNoReference, insGetMetadata, 0, 0x95, nil)
}

func TestFirmwareDecides(t *testing.T) {
	h := newHost(t, "5.4.3")
	h.manage()
	for _, algorithm := range []byte{algX25519, algEd25519, algRSA3072, algRSA4096} {
		h.gives(statusBadData, insGenerate, 0, 0x9A, []byte{tagGenerate, 3, tagAlgorithm, 1, algorithm})
	}
	h.gives(statusNoInstruction, insMoveKey, 0x82, 0x9A, nil)
	if err := h.body.SetFirmware("5.2.7"); err != nil {
		t.Fatal(err)
	}
	h.gives(statusNoInstruction, insGetMetadata, 0, refPIN, nil)
	if got := h.ok(insGetVersion, 0, 0, nil); !bytes.Equal(got, []byte{5, 2, 7}) {
		t.Fatalf("version %x", got)
	}
}
