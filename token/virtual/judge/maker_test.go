package judge

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-piv/piv-go/v2/piv"

	"holdfast/token/virtual/pcscd"
)

// newManagementKey is what the clients are to set in place of the factory's.
const newManagementKey = "0a0b0c0d0e0f070801020304050607080102030405060708"

// TestYubicoPIVToolWithACanoKey runs yubico-piv-tool on a key of another maker,
// whose firmware says 5.7.1. It goes by what the key answers, not by the reader.
func TestYubicoPIVToolWithACanoKey(t *testing.T) {
	b := newBench(t, pcscd.Options{
		Keys: 1, Readers: 1, Make: "canokey", ReaderNames: []string{pcscd.CanoKeyReader}, SmartCardOnly: true,
	})
	c := newTool(t, b, "yubico-piv-tool", "yubico-piv-tool", "-r", b.ReaderName(0))
	c.does([]string{"-a", "list-readers"}, "canokeys.org OpenPGP PIV OATH 01 00 00\n")
	c.does([]string{"-a", "status"}, "Version:\t5.7.1\n", "Serial Number:\tNo data available\n", "PIN tries left:\t3\n")

	const generated = "Successfully generated a new private key."
	c.does([]string{"-a", "generate", "-s", "9a", "-A", "ECCP256", "-o", "9a.pem", "--touch-policy", "always"}, generated)
	c.does([]string{"-a", "generate", "-s", "83", "-A", "ECCP256", "-o", "83.pem"}, generated)
	c.fails([]string{"-a", "generate", "-s", "84", "-A", "ECCP256"}, "Key generation failed.")
	c.fails([]string{"-a", "attest", "-s", "9a"}, "Failed to attest data.")
	c.fails([]string{"-a", "read-certificate", "-s", "f9"}, "Failed fetching certificate.")

	write(t, c.file("9a.crt"), certify(t, "holdfast", readECDSA(t, c.file("9a.pem"))))
	for _, slot := range []string{"9a", "83"} {
		c.does([]string{"-a", "import-certificate", "-s", slot, "-i", "9a.crt"}, "Successfully imported a new certificate.")
	}
	c.fails([]string{"-a", "import-certificate", "-s", "84", "-i", "9a.crt"}, "Something went wrong.")
	sign := []string{"-a", "verify-pin", "-P", "123456", "-a", "test-signature", "-s", "9a", "-i", "9a.crt"}
	c.does(sign, "Successful ECDSA verification.")

	// This version of the tool knows 3DES alone, which this key takes whatever its firmware.
	c.does([]string{"-a", "set-mgm-key", "-n", newManagementKey}, "Successfully set new management key.")
	c.fails([]string{"-a", "generate", "-s", "9e", "-A", "ECCP256"}, "Failed authentication with the application.")
	c.does([]string{"--key=" + newManagementKey, "-a", "generate", "-s", "9e", "-A", "ECCP256"}, generated)

	order(t, b, "key1", "touch", "automatic", "off")
	order(t, b, "key1", "touch", "timeout", "300ms", "piv")
	c.fails(sign, "Successfully verified PIN.", "Failed signing test data.")
	all := operations(t, b, "key1")
	if op := all[len(all)-1]; op.Name != "general authenticate" || op.Slot != "9a" || op.Touch || op.Result != "6600" {
		t.Errorf("without a touch, the key recorded %+v", op)
	}
}

// TestYkmanWithACanoKey runs ykman on a key of another maker in a reader of its
// own name, and on one in a YubiKey's.
func TestYkmanWithACanoKey(t *testing.T) {
	b := newBench(t, pcscd.Options{
		Keys: 2, Readers: 2, Make: "canokey", ReaderNames: []string{pcscd.CanoKeyReader}, SmartCardOnly: true,
	})
	c := newTool(t, b, "ykman", "yubikey-manager")
	// Only a reader's name makes a key one of ykman's. Without a management application it takes the firmware for 3.0.0.
	if got := c.does([]string{"list"}); got != "YubiKey (3.0.0) [OTP+FIDO+CCID]\n" {
		t.Errorf("ykman list: %q", got)
	}
	c.first = []string{"--reader", b.ReaderName(0)}
	out := c.does([]string{"info"}, "Device type: YubiKey NEO\n", "Firmware version: 3.0.0\n")
	if strings.Contains(out, "Serial") {
		t.Errorf("ykman knows a serial number:\n%s", out)
	}
	c.does([]string{"piv", "info"}, "PIV version: 5.7.1\n", "WARNING: Using default PIN!\n", "PIN tries remaining: 3/3\n",
		"WARNING: Using default Management key!\n", "Management key algorithm: TDES\n")

	c.does([]string{"piv", "keys", "generate", "-a", "ECCP256", "-m", managementKey, "83", "83.pem"})
	readECDSA(t, c.file("83.pem"))
	c.fails([]string{"piv", "keys", "generate", "-a", "ECCP256", "-m", managementKey, "84", "84.pem"}, "SW=0x6a86")
	c.fails([]string{"piv", "keys", "attest", "83", "-"}, "Error: Attestation failed.")
	c.fails([]string{"piv", "certificates", "export", "f9", "-"}, "Error: No certificate found.")

	change := []string{"piv", "access", "change-management-key", "-m", managementKey, "-P", "123456", "-n"}
	c.fails(append(change, newManagementKey, "-a", "AES192"), "Error: Changing the management key failed.")
	c.does(append(change, newManagementKey, "-a", "TDES", "--protect"))
	c.does([]string{"piv", "info"},
		"Management key is stored on the YubiKey, protected by PIN.", "Management key algorithm: TDES\n")
	c.does([]string{"piv", "reset", "-f"}, "Success! All PIV data have been cleared")
	c.does([]string{"piv", "info"}, "WARNING: Using default Management key!\n", "Management key algorithm: TDES\n")
}

// TestYkmanWithOneTraitOfAnother runs ykman on YubiKeys that differ from others
// in one thing.
func TestYkmanWithOneTraitOfAnother(t *testing.T) {
	const five, version = "Device type: YubiKey 5 NFC\n", "Firmware version: 5.7.1\n"
	differ := []struct {
		made string
		args []string
		want []string
	}{
		{"serial=piv", []string{"info"}, []string{five, "Serial number: 10000001\n", version}},
		{"serial=none", []string{"info"}, []string{five, version}},
		{"management=fido2", []string{"info"}, []string{"Device type: YubiKey\n", "Firmware version: 3.0.0\n"}},
		{"management-key=3des", []string{"piv", "info"}, []string{"PIV version: 5.7.1\n", "algorithm: TDES\n"}},
	}
	b := newBench(t, pcscd.Options{Readers: len(differ), SmartCardOnly: true})
	c := newTool(t, b, "ykman", "yubikey-manager")
	for n, d := range differ {
		name := fmt.Sprintf("key%d", n+1)
		if err := b.StartKey(t.Context(), pcscd.KeyOptions{Name: name, Reader: n + 1, Make: d.made}); err != nil {
			t.Fatal(err)
		}
		if got := order(t, b, name, "make"); !slices.Equal(got, []string{"yubikey," + d.made}) {
			t.Errorf("the key says that it is of make %q", got)
		}
		c.first = []string{"--reader", b.ReaderName(n)}
		if out := c.does(d.args, d.want...); strings.Contains(out, "Serial number: ") != (d.made == "serial=piv") {
			t.Errorf("%s: ykman says of a serial number:\n%s", d.made, out)
		}
	}
}

// testOtherMake is piv-go with a key of another maker, in a bench's third reader.
func testOtherMake(t *testing.T, b *pcscd.Bench) {
	if err := b.StartKey(t.Context(), pcscd.KeyOptions{Name: "other", Reader: 3, Make: "canokey"}); err != nil {
		t.Fatal(err)
	}
	yk := openCard(t, 2)
	says := func(what string, err error, words string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want %q", what, err, words)
		}
	}
	_, err := yk.Serial()
	says("serial number", err, "smart card error 6d00")
	policy := piv.Key{Algorithm: piv.AlgorithmEC256, PINPolicy: piv.PINPolicyOnce, TouchPolicy: piv.TouchPolicyAlways}
	public, err := yk.GenerateKey(piv.DefaultManagementKey, retired(t, 0x83), policy)
	if err != nil {
		t.Fatal(err)
	}
	if err := agree(t, yk, retired(t, 0x83), public, piv.KeyAuth{PIN: piv.DefaultPIN}); err != nil {
		t.Fatal(err)
	}
	_, err = yk.GenerateKey(piv.DefaultManagementKey, retired(t, 0x84), policy)
	says("a third retired slot", err, "smart card error 6a86")
	_, err = yk.KeyInfo(retired(t, 0x84))
	says("metadata of a third retired slot", err, "smart card error 6a88")
	_, err = yk.Attest(retired(t, 0x83))
	says("attestation", err, "smart card error 6d00")
	if _, err = yk.AttestationCertificate(); !errors.Is(err, piv.ErrNotFound) {
		t.Errorf("attestation certificate: %v", err)
	}
	next := make([]byte, 24)
	if _, err := rand.Read(next); err != nil {
		t.Fatal(err)
	}
	// piv-go sends AES-192 from firmware 5.4 on.
	says("another management key", yk.SetManagementKey(piv.DefaultManagementKey, next), "smart card error 6a80")
	order(t, b, "other", "touch", "automatic", "off")
	order(t, b, "other", "touch", "timeout", "300ms", "piv")
	says("no touch", agree(t, yk, retired(t, 0x83), public, piv.KeyAuth{PIN: piv.DefaultPIN}), "smart card error 6600")
	if err := yk.Close(); err != nil {
		t.Error(err)
	}
	if _, err := b.Order(t.Context(), "lose", "other"); err != nil {
		t.Fatal(err)
	}
}

// TestFIDO2Makes lets fido2-token and fido2-cred see the passkey sides of makes.
func TestFIDO2Makes(t *testing.T) {
	for made, c := range map[string]struct {
		list         string // as libfido2 shows it; 0 is a key that tells none
		certificates int
	}{
		"canokey":                  {"8", 1},
		"list=1":                   {"1", 1},
		"list=none":                {"0", 1},
		"attestation=piv,list=20":  {"20", 0},
		"canokey,attestation=none": {"8", 0},
	} {
		t.Run(made, func(t *testing.T) {
			k := plugFIDO2Of(t, made)
			info := mustRun(t, "", nil, "fido2-token", "-I", k.path)
			want(t, info, "maxcredcntlst: "+c.list, "maxcredlen: 128", "pin retries: 8")
			for _, kind := range []string{"es256", "eddsa"} {
				if c.certificates > 0 {
					makeCredential(t, k, kind, nil, "", "")
					continue
				}
				makeSelfAttested(t, k, kind)
			}
		})
	}
}

// makeSelfAttested lets fido2-cred make a credential that its own key vouches for, and verify that.
func makeSelfAttested(t *testing.T, k *fidoKey, kind string) {
	t.Helper()
	input := strings.Join([]string{b64(hash("make")), rpID, "alice", b64(hash("alice"))}, "\n") + "\n"
	out := mustRun(t, input, nil, "fido2-cred", args("-M -h", "", k.path, kind)...)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != 6 || lines[2] != "packed" { // the seventh were a certificate
		t.Fatalf("fido2-cred -M printed:\n%s", out)
	}
	verified := mustRun(t, out, nil, "fido2-cred", args("-V -h", "", kind)...)
	if !strings.HasPrefix(verified, lines[4]+"\n-----BEGIN PUBLIC KEY-----\n") {
		t.Fatalf("fido2-cred -V printed:\n%s", verified)
	}
	lines[0] = b64(hash("another"))
	if _, err := run(t, strings.Join(lines, "\n")+"\n", nil, "fido2-cred", args("-V -h", "", kind)...); err == nil {
		t.Fatal("fido2-cred -V verified a credential for another client data hash")
	}
	lines[0], lines[5] = b64(hash("make")), base64.StdEncoding.EncodeToString([]byte("no signature"))
	if _, err := run(t, strings.Join(lines, "\n")+"\n", nil, "fido2-cred", args("-V -h", "", kind)...); err == nil {
		t.Fatal("fido2-cred -V verified a credential without a signature")
	}
}

// pythonSawMake is what testdata/make_judge.py prints.
type pythonSawMake struct {
	Told    *int  `json:"told"`
	Allow   int   `json:"allow"`   // status of an allow list that is as long as it may be
	Exclude int   `json:"exclude"` // of such an exclude list, which names a credential of the key
	Long    []int `json:"long"`    // of an allow list and an exclude list that are one longer
	Config  int   `json:"config"`  // CTAPHID error of the vendor command, 0 for none
	Serial  *int  `json:"serial"`
}

// TestFIDO2MakesPython lets python3-fido2 send lists as long as the key takes
// them and one longer, and yubikit read the management configuration.
func TestFIDO2MakesPython(t *testing.T) {
	path := "PYTHONPATH="
	if tool, err := exec.LookPath("ykman"); err == nil { // where it is only unpacked, its modules lie beside it
		path += filepath.Join(filepath.Dir(tool), "..", "usr", "lib", "python3", "dist-packages")
	}
	candidates := []string{"/usr/bin/python3", "python3"}
	i := slices.IndexFunc(candidates, func(p string) bool {
		return exec.Command("env", path, p, "-c", "import fido2, yubikit.management").Run() == nil // #nosec G204 -- a fixed command
	})
	if i < 0 {
		t.Fatal("python3-fido2 or yubikit is not installed (Debian: apt-get install yubikey-manager)")
	}
	for made, want := range map[string]pythonSawMake{
		"yubikey":    {Told: new(8), Serial: new(12345678)},
		"canokey":    {Told: new(8), Config: 1},
		"list=1":     {Told: new(1), Serial: new(12345678)},
		"list=none":  {Serial: new(12345678)},
		"serial=piv": {Told: new(8)},
	} {
		t.Run(made, func(t *testing.T) {
			k := plugFIDO2Of(t, made)
			out := mustRun(t, "", nil, "env", path, candidates[i], "testdata/make_judge.py", k.path)
			var got pythonSawMake
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
			want.Exclude, want.Long = 0x19, []int{0x15, 0x15}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %s", out)
			}
		})
	}
}
