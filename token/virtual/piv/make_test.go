package piv

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/token/virtual/body"
)

// made is a client of a card of a make, whose PIV application is selected.
func made(t *testing.T, firmware, text string) host {
	t.Helper()
	return connect(t, body.Options{Dir: t.TempDir(), Serial: 7777, Firmware: firmware, Make: text})
}

func TestMakeWithoutSerial(t *testing.T) {
	for text, told := range map[string]bool{
		"yubikey": true, "serial=piv": true, "serial=fido2": false, "serial=none": false,
	} {
		h := made(t, "5.7.1", text)
		h.manage()
		h.makeKey(0x9A, algP256, 0, 0)
		cert, err := x509.ParseCertificate(h.ok(insAttest, 0x9A, 0, nil))
		if err != nil {
			t.Fatal(err)
		}
		named := false
		for _, e := range cert.Extensions {
			named = named || e.Id.Equal(oidSerial)
		}
		if got := h.knows(insGetSerial, 0, 0); got != told || named != told {
			t.Errorf("%s: told %t, in attestations %t", text, got, named)
		}
		h.ok(insSelect, 4, 0, aidManagement)
		if config := h.ok(0x1D, 0, 0, nil); bytes.Contains(config, []byte{0x02, 0x04, 0, 0, 0x1e, 0x61}) != told {
			t.Errorf("%s: configuration %x", text, config)
		}
	}
}

// knows tells whether the card has an instruction. When it has, it must carry this command out.
func (h host) knows(ins, p1, p2 byte) bool {
	h.t.Helper()
	_, s := h.send(ins, p1, p2, nil)
	if s != statusOK && s != statusNoInstruction {
		h.t.Fatalf("instruction %02x: %v", ins, s)
	}
	return s == statusOK
}

func TestMakeWithoutAttestation(t *testing.T) {
	certificate := []byte{tagList, 3, 0x5F, 0xFF, 0x01}
	for text, attests := range map[string]bool{
		"yubikey": true, "attestation=piv": true, "attestation=fido2": false, "attestation=none": false,
	} {
		h := made(t, "5.7.1", text)
		h.manage()
		h.makeKey(0x9A, algP256, 0, 0)
		if got := h.knows(insAttest, 0x9A, 0); got != attests {
			t.Errorf("%s: it attests: %t", text, got)
		}
		if attests {
			h.ok(insGetMetadata, 0, slotAttestation, nil)
			h.ok(insGetData, 0x3F, 0xFF, certificate)
			continue
		}
		h.gives(statusNotFound, insGetData, 0x3F, 0xFF, certificate)
		h.gives(statusNoReference, insGetMetadata, 0, slotAttestation, nil)
		h.gives(statusBadParameters, insGenerate, 0, slotAttestation, []byte{tagGenerate, 3, tagAlgorithm, 1, algP256})
		h.gives(statusBadParameters, insImportKey, algP256, slotAttestation, nil)
		h.gives(statusBadParameters, insAuthenticate, algP256, slotAttestation, request(tagChallenge, make([]byte, 32)))
		h.gives(statusBadParameters, insMoveKey, deleteTarget, slotAttestation, nil)
	}
}

func TestMakeWithoutManagement(t *testing.T) {
	for text, want := range map[string]status{
		"yubikey": statusOK, "management=piv": statusOK,
		"management=fido2": statusNotFound, "management=none": statusNotFound,
	} {
		h := made(t, "5.7.1", text)
		h.ok(insVerify, 0, refPIN, factoryPIN)
		h.gives(want, insSelect, 4, 0, aidManagement)
		if want != statusOK {
			h.ok(insVerify, 0, refPIN, nil) // what was selected is so still
		}
	}
}

func TestMakeWithFewRetiredSlots(t *testing.T) {
	for text, first := range map[string]byte{"yubikey": 0x96, "retired=2": 0x84, "retired=0": 0x82, "retired=19": 0x95} {
		h := made(t, "5.7.1", text)
		h.manage()
		for slot := byte(0x81); slot <= 0x96; slot++ {
			there := slot >= 0x82 && slot < first
			generate, metadata, object := statusOK, statusOK, statusOK
			if !there {
				generate, metadata = statusBadParameters, statusNoReference
			}
			if !there && slot >= 0x82 && slot <= 0x95 {
				object = statusNotFound
			}
			h.gives(generate, insGenerate, 0, slot, []byte{tagGenerate, 3, tagAlgorithm, 1, algP256})
			if slot != refPUK {
				h.gives(metadata, insGetMetadata, 0, slot, nil)
			}
			h.gives(object, insPutData, 0x3F, 0xFF, []byte{tagList, 3, 0x5F, 0xC1, 0x0D + slot - 0x82, tagValue, 1, 0})
			if !there {
				h.gives(statusBadParameters, insAuthenticate, algP256, slot, request(tagChallenge, make([]byte, 32)))
				h.gives(statusBadParameters, insImportKey, algP256, slot, nil)
				h.gives(statusBadParameters, insMoveKey, slot, 0x9D, nil)
			}
		}
	}
}

// TestMakeWithTripleDES is a management key of 24 octets that is 3DES on firmware that has AES from the factory.
func TestMakeWithTripleDES(t *testing.T) {
	for _, firmware := range []string{"5.4.3", "5.7.1"} {
		h := made(t, firmware, "management-key=3des")
		want := func(what, metadata string) {
			t.Helper()
			if got := h.ok(insGetMetadata, 0, refManagement, nil); hex.EncodeToString(got) != metadata {
				t.Fatalf("firmware %s, %s: metadata %x, want %s", firmware, what, got, metadata)
			}
		}
		want("new", "01010302020001050101")
		h.gives(statusBadParameters, insAuthenticate, algAES192, refManagement, []byte{tagTemplate, 2, tagChallenge, 0})
		h.manage()
		key := bytes.Repeat([]byte{7, 6, 5}, 8)
		for algorithm, n := range map[byte]int{algAES128: 16, algAES192: 24, algAES256: 32} {
			refused := statusWrongLength
			if n == 24 {
				refused = statusBadData
			}
			data := append([]byte{algorithm, refManagement, byte(n)}, slices.Repeat(key, 2)[:n]...)
			h.gives(refused, insSetManagementKey, 0xFF, 0xFF, data)
		}
		want("after what was refused", "01010302020001050101")
		h.ok(insSetManagementKey, 0xFF, 0xFF, append([]byte{alg3DES, refManagement, 24}, key...))
		want("changed", "01010302020001050100")
		h.mutual(alg3DES, key)
		h.block()
		h.ok(insReset, 0, 0, nil)
		want("reset", "01010302020001050101")
	}
}

// block takes all tries of PIN and PUK.
func (h host) block() {
	h.t.Helper()
	for _, puk := range []bool{false, true} {
		if err := h.card.SetTries(puk, 0); err != nil {
			h.t.Fatal(err)
		}
	}
}

func TestMakeWithoutATouch(t *testing.T) {
	for text, want := range map[string]struct {
		status status
		time   time.Duration
	}{
		"yubikey":                        {0x6982, 15 * time.Second},
		"canokey":                        {0x6600, 30 * time.Second},
		"no-touch=6600":                  {0x6600, 15 * time.Second},
		"canokey,touch-time=1s":          {0x6600, time.Second},
		"no-touch=6985,touch-time=100ms": {0x6985, 100 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := made(t, "5.7.1", text)
			h.manage()
			h.makeKey(0x83, algP256, pinNever, touchAlways)
			begin := time.Now()
			h.gives(want.status, insAuthenticate, algP256, 0x83, request(tagChallenge, make([]byte, 32)))
			if waited := time.Since(begin); waited != want.time {
				t.Errorf("%s: waited %s for a touch", text, waited)
			}
			all := h.body.Operations()
			if op := all[len(all)-1]; op.Touch || op.Result != want.status.String() {
				t.Errorf("%s: recorded %+v", text, op)
			}
			h.card.SetTouchTimeout(3 * time.Second)
			begin = time.Now()
			h.gives(want.status, insAuthenticate, algP256, 0x83, request(tagChallenge, make([]byte, 32)))
			if waited := time.Since(begin); waited != 3*time.Second {
				t.Errorf("%s: waited %s for a touch, by order 3s", text, waited)
			}
		})
	}
}

// TestMakeSurvivesTheProcess opens the state of a card without attestation key again.
func TestMakeSurvivesTheProcess(t *testing.T) {
	h := made(t, "5.7.1", "canokey")
	dir := h.body.Dir()
	if err := h.body.Close(); err != nil {
		t.Fatal(err)
	}
	h = connect(t, body.Options{Dir: dir})
	if h.knows(insGetSerial, 0, 0) || h.knows(insAttest, 0x9A, 0) {
		t.Fatal("a key became one of another make")
	}
}
