package judge

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/token/virtual/pcscd"
	virtualpiv "holdfast/token/virtual/piv"
)

// managementKey is the factory's.
const managementKey = "010203040506070801020304050607080102030405060708"

// TestYubicoPIVTool runs yubico-piv-tool on firmware 5.4.3: the version in
// Debian 12 knows no AES management key, which 5.7 has from the factory.
func TestYubicoPIVTool(t *testing.T) {
	t.Parallel()
	b := newBench(t, pcscd.Options{Keys: 1, Readers: 1, Firmware: "5.4.3", SmartCardOnly: true})
	c := newTool(t, b, "yubico-piv-tool", "yubico-piv-tool", "-r", pcscd.ReaderName(0))

	c.does([]string{"-a", "status"}, "Version:\t5.4.3\n", "Serial Number:\t10000001\n",
		"CHUID:\tNo data available\n", "PIN tries left:\t3\n")
	c.fails([]string{"-a", "verify-pin", "-P", "654321"}, "2 tries left")
	c.does([]string{"-a", "status"}, "PIN tries left:\t2\n")
	c.does([]string{"-a", "verify-pin", "-P", "123456"}, "Successfully verified PIN.")
	c.does([]string{"-a", "status"}, "PIN tries left:\t3\n")

	c.does([]string{"-a", "generate", "-s", "9a", "-A", "ECCP256", "-o", "9a.pem", "--touch-policy", "always"},
		"Successfully generated a new private key.")
	public := readECDSA(t, c.file("9a.pem"))

	c.does([]string{"-a", "attest", "-s", "9a", "-o", "attest.pem"})
	c.does([]string{"-a", "read-certificate", "-s", "f9", "-o", "f9.pem"})
	a := verifyAttestation(t, b, c.file("f9.pem"), c.file("attest.pem"))
	if cert := readCertificate(t, c.file("attest.pem")); !public.Equal(cert.PublicKey) {
		t.Fatal("the attested key is not the one that was generated")
	}
	want := piv.Attestation{
		Version: piv.Version{Major: 5, Minor: 4, Patch: 3}, Serial: 10000001, Formfactor: piv.FormfactorUSBAKeychain,
		PINPolicy: piv.PINPolicyOnce, TouchPolicy: piv.TouchPolicyAlways, Slot: piv.SlotAuthentication,
	}
	if *a != want {
		t.Fatalf("attestation %+v, want %+v", *a, want)
	}

	write(t, c.file("9a.crt"), certify(t, "holdfast", public))
	c.does([]string{"-a", "import-certificate", "-s", "9a", "-i", "9a.crt"}, "Successfully imported a new certificate.")
	c.does([]string{"-a", "verify-pin", "-P", "123456", "-a", "test-signature", "-s", "9a", "-i", "9a.crt"},
		"Successful ECDSA verification.")
	c.does([]string{"-a", "status"}, "Slot 9a:", "Subject DN:\tCN=holdfast", "Algorithm:\tECCP256")

	signed := 0
	for _, op := range operations(t, b, "key1") {
		if op.Name == "general authenticate" && op.Slot == "9a" {
			signed++
			if !op.PIN || !op.Touch || op.Result != "9000" {
				t.Errorf("use of 9a without PIN or touch: %+v", op)
			}
		}
	}
	if signed != 1 {
		t.Errorf("%d uses of 9a in the record, want 1", signed)
	}
}

// TestYkman runs ykman on firmware 5.7.1.
func TestYkman(t *testing.T) {
	t.Parallel()
	b := newBench(t, pcscd.Options{Keys: 1, Readers: 1, SmartCardOnly: true})
	c := newTool(t, b, "ykman", "yubikey-manager")
	if got := c.does([]string{"list"}); got != "YubiKey 5 NFC (5.7.1) [OTP+FIDO+CCID] Serial: 10000001\n" {
		t.Fatalf("ykman list: %q", got)
	}
	c.first = []string{"--device", "10000001"}
	c.does([]string{"piv", "info"}, "PIV version: 5.7.1\n", "WARNING: Using default PIN!\n", "PIN tries remaining: 3/3\n",
		"WARNING: Using default Management key!\n", "Management key algorithm: AES192\n")

	c.does([]string{
		"piv", "keys", "generate", "-a", "ECCP256", "-m", managementKey, "--pin-policy", "ALWAYS",
		"--touch-policy", "ALWAYS", "82", "82.pem",
	})
	public := readECDSA(t, c.file("82.pem"))
	c.does([]string{"piv", "keys", "attest", "82", "attest.pem"})
	c.does([]string{"piv", "certificates", "export", "f9", "f9.pem"})
	a := verifyAttestation(t, b, c.file("f9.pem"), c.file("attest.pem"))
	slot, _ := piv.RetiredKeyManagementSlot(0x82)
	want := piv.Attestation{
		Version: piv.Version{Major: 5, Minor: 7, Patch: 1}, Serial: 10000001, Formfactor: piv.FormfactorUSBAKeychain,
		PINPolicy: piv.PINPolicyAlways, TouchPolicy: piv.TouchPolicyAlways, Slot: slot,
	}
	if *a != want {
		t.Fatalf("attestation %+v, want %+v", *a, want)
	}
	if cert := readCertificate(t, c.file("attest.pem")); !public.Equal(cert.PublicKey) {
		t.Fatal("the attested key is not the one that was generated")
	}
	for slot, algorithm := range map[string]string{"9a": "ECCP384", "9c": "RSA2048"} {
		c.does([]string{"piv", "keys", "generate", "-a", algorithm, "-m", managementKey, slot, slot + ".pem"})
		c.does([]string{"piv", "certificates", "generate", "-m", managementKey, "-P", "123456", "-s", "CN=" + slot, slot, slot + ".pem"})
		c.does([]string{"piv", "certificates", "export", slot, slot + ".crt"})
		cert := readCertificate(t, c.file(slot+".crt"))
		if err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil || cert.Subject.CommonName != slot {
			t.Fatalf("certificate of %s, self-signed by an %s key: %v", cert.Subject.CommonName, algorithm, err)
		}
	}

	c.does([]string{"piv", "access", "change-pin", "-P", "123456", "-n", "864209"}, "New PIN set.")
	c.does([]string{"piv", "access", "change-puk", "-p", "12345678", "-n", "87654321"}, "New PUK set.")
	c.does([]string{"piv", "access", "change-management-key", "-m", managementKey, "-P", "864209", "--protect", "--generate", "-a", "AES256"})
	out := c.does([]string{"piv", "info"}, "Management key is stored on the YubiKey, protected by PIN.", "AES256")
	if strings.Contains(out, "WARNING") {
		t.Fatalf("a default is left:\n%s", out)
	}
	c.does([]string{"piv", "keys", "generate", "-P", "864209", "-a", "ECCP384", "9c", "9c.pem"})
	c.fails([]string{"piv", "access", "change-pin", "-P", "111111", "-n", "222222"}, "2 tries left")
	c.does([]string{"piv", "reset", "-f"}, "Success! All PIV data have been cleared")
	c.does([]string{"piv", "info"}, "WARNING: Using default PIN!\n", "PIN tries remaining: 3/3\n")
}

// TestPKCS11Tool runs OpenSC: signatures by 9a and 9c, a shared secret by 9d.
func TestPKCS11Tool(t *testing.T) {
	t.Parallel()
	b := newBench(t, pcscd.Options{Keys: 1, Readers: 1, Firmware: "5.4.3", SmartCardOnly: true})
	prepare := newTool(t, b, "yubico-piv-tool", "yubico-piv-tool", "-r", pcscd.ReaderName(0))
	public := map[string]*ecdsa.PublicKey{}
	for _, slot := range []string{"9a", "9c", "9d"} {
		prepare.does([]string{"-a", "generate", "-s", slot, "-A", "ECCP256", "-o", slot + ".pem"})
		public[slot] = readECDSA(t, prepare.file(slot+".pem"))
		write(t, prepare.file(slot+".crt"), certify(t, slot, public[slot]))
		prepare.does([]string{"-a", "import-certificate", "-s", slot, "-i", slot + ".crt"})
	}
	c := newTool(t, b, "pkcs11-tool", "opensc", "--module", pkcs11Module(t), "--login", "--pin", "123456")
	c.does([]string{"--list-objects", "--type", "privkey"}, "PIV AUTH key", "SIGN key", "KEY MAN key")

	message := []byte("judged by a stranger")
	digest := sha256.Sum256(message)
	write(t, c.file("digest"), digest[:])
	for slot, id := range map[string]string{"9a": "01", "9c": "02"} {
		c.does([]string{"--sign", "--mechanism", "ECDSA", "--id", id, "--input-file", "digest", "--output-file", "sig"}, "Using signature algorithm ECDSA")
		sig, err := os.ReadFile(c.file("sig"))
		if err != nil || len(sig) != 64 {
			t.Fatalf("slot %s: signature of %d octets: %v", slot, len(sig), err)
		}
		r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
		if !ecdsa.Verify(public[slot], digest[:], r, s) {
			t.Fatalf("slot %s: the signature does not verify", slot)
		}
		if err := os.Remove(c.file("sig")); err != nil {
			t.Fatal(err)
		}
	}

	peer, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(peer.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	write(t, c.file("peer.der"), der)
	c.does([]string{"--derive", "--mechanism", "ECDH1-COFACTOR-DERIVE", "--id", "03", "--input-file", "peer.der", "--output-file", "shared"})
	got, err := os.ReadFile(c.file("shared"))
	if err != nil {
		t.Fatal(err)
	}
	own, err := public["9d"].ECDH()
	if err != nil {
		t.Fatal(err)
	}
	want, err := peer.ECDH(own)
	if err != nil {
		t.Fatal(err)
	}
	if hex.EncodeToString(got) != hex.EncodeToString(want) {
		t.Fatalf("shared secret %x, want %x", got, want)
	}
}

// pkcs11Module finds OpenSC's module.
func pkcs11Module(t *testing.T) string {
	t.Helper()
	patterns := []string{"/usr/lib/*/opensc-pkcs11.so", "/usr/lib*/opensc-pkcs11.so", "/usr/lib*/pkcs11/opensc-pkcs11.so"}
	if tool, err := exec.LookPath("pkcs11-tool"); err == nil { // where OpenSC is only unpacked, its module lies beside its tool
		patterns = append([]string{filepath.Join(filepath.Dir(tool), "..", "usr", "lib", "*", "opensc-pkcs11.so")}, patterns...)
	}
	for _, pattern := range patterns {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[0]
		}
	}
	t.Fatal("OpenSC's module opensc-pkcs11.so is not installed (Debian: apt-get install opensc-pkcs11)")
	return ""
}

// certify makes a certificate for a key, signed by one that nobody keeps.
func certify(t *testing.T, name string, public *ecdsa.PublicKey) []byte {
	t.Helper()
	issuer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, issuer)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func readECDSA(t *testing.T, path string) *ecdsa.PublicKey {
	t.Helper()
	key, err := x509.ParsePKIXPublicKey(readPEM(t, path))
	if err != nil {
		t.Fatal(err)
	}
	public, ok := key.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		t.Fatalf("%s holds a %T", path, key)
	}
	return public
}

// verifyAttestation checks a chain up to the bench's authority, as piv-go does
// for real keys, and returns what it attests to.
func verifyAttestation(t *testing.T, b *pcscd.Bench, issuer, slot string) *piv.Attestation {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(readCertificate(t, filepath.Join(b.Authority(), virtualpiv.AttestationRoot)))
	v := piv.Verifier{Roots: roots}
	a, err := v.Verify(readCertificate(t, issuer), readCertificate(t, slot))
	if err != nil {
		t.Fatal(err)
	}
	return a
}
