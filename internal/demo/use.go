package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Chapters 4 to 6: identities, signatures, the shell.

func identities(s *stage) error {
	if _, err := s.must("identity", "create", "--label", "public", "--token", "10000001/piv"); err != nil {
		return err
	}
	if _, err := s.must("identity", "create", "--for", "Bank of Examples", "--label", "bank", "--token", "10000001/piv"); err != nil {
		return err
	}
	for _, label := range []string{"public", "bank"} {
		doc, err := s.document(label)
		if err != nil {
			return err
		}
		id := fmt.Sprint(doc["id"])
		if err := s.check("the document of "+label+" is for its DID and holds no label", strings.HasPrefix(id, "did:") && !strings.Contains(fmt.Sprint(doc), "Examples"), "%s", id); err != nil {
			return err
		}
		s.dids[label] = id
	}
	if err := s.cancelHalfWay(); err != nil {
		return err
	}
	if _, err := s.must("identity", "create", "--count", "1000", "--label", "device", "--token", "10000001/piv"); err != nil {
		return err
	}
	_, err := s.must("identity", "search", "bank", "--token", "10000001/piv")
	return err
}

// document exports an identity's document and reads it as plain JSON.
func (s *stage) document(label string) (doc map[string]any, err error) {
	path := filepath.Join(s.dir, label+".json")
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if _, err := s.must("identity", "export", label, "-o", path, "--token", "10000001/piv"); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return doc, json.Unmarshal(data, &doc)
}

func (s *stage) count() (int, error) {
	st, err := s.status("--token", "10000001/piv")
	if err != nil {
		return 0, err
	}
	n, ok := st["identities"].(float64)
	if !ok {
		return 0, errors.New("status names no number of identities")
	}
	return int(n), nil
}

// cancelHalfWay interrupts the making of many identities: what it says was made is what is there.
func (s *stage) cancelHalfWay() error {
	before, err := s.count()
	if err != nil {
		return err
	}
	const wanted = 100_000
	o, err := s.interrupted("progress", "identity", "create", "--count", fmt.Sprint(wanted), "--label", "too many", "--json", "--progress", "--token", "10000001/piv")
	if err != nil {
		return err
	}
	after, err := s.count()
	if err != nil {
		return err
	}
	said := fmt.Sprintf(`"made":%d`, after-before)
	return s.check(fmt.Sprintf("cancelled: %d of %d were made, as it says", after-before, wanted), o.code == 1 && after > before && after-before < wanted && strings.Contains(o.stdout, said), "%d before, %d after", before, after)
}

// interrupted runs a command and presses Ctrl-C when it first says word.
func (s *stage) interrupted(word string, args ...string) (outcome, error) {
	return s.runWith(nil, func(c *exec.Cmd) (func() error, error) {
		s.heard = func(text string) {
			if strings.Contains(text, word) {
				_ = c.Process.Signal(syscall.SIGINT) // it may have ended by itself
			}
		}
		return func() error { s.heard = nil; return nil }, nil
	}, args...)
}

func signAndVerify(s *stage) error {
	file := filepath.Join(s.dir, "contract.txt")
	if err := os.WriteFile(file, []byte("We agree.\n"), 0o600); err != nil {
		return err
	}
	if err := s.forget("key1"); err != nil {
		return err
	}
	if _, err := s.must("sign", "file", file, "--as", "public", "--token", "10000001/piv"); err != nil {
		return err
	}
	used, err := s.used("key1")
	if err != nil {
		return err
	}
	if err := s.check("the only touch was for opening the vault", len(used) == 1 && used[0].Slot == "82", "%+v", used); err != nil {
		return err
	}
	if _, err := s.must("verify", "file", file); err != nil {
		return err
	}
	jws, err := os.ReadFile(file + ".jws")
	if err != nil {
		return err
	}
	if err := s.verifyOutside(string(jws), s.dids["public"]); err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte("We agree to everything.\n"), 0o600); err != nil {
		return err
	}
	if err := s.refuse("its content was changed", "verify", "file", file); err != nil {
		return err
	}
	o, err := s.must("sign", "text", "I was here", "--as", "bank", "--token", "10000001/piv")
	if err != nil {
		return err
	}
	v, err := s.runWith(strings.NewReader(o.stdout), nil, "verify", "text")
	if err != nil {
		return err
	}
	return s.check("the text verifies, and is what was signed", v.code == 0 && strings.Contains(v.stdout, "I was here"), "exit %d", v.code)
}

// verifyOutside checks a did:key's Ed25519 signature with openssl, knowing nothing of Holdfast: the key is in the DID.
func (s *stage) verifyOutside(jws, did string) error {
	parts := strings.Split(strings.TrimSpace(jws), ".")
	if len(parts) != 3 {
		return fmt.Errorf("a signature of %d parts", len(parts))
	}
	key, err := ed25519Of(did)
	if err != nil {
		return err
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	spki := append([]byte{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00}, key...)
	names := []string{"key.der", "sig.bin", "input.bin"}
	for i, data := range [][]byte{spki, sig, []byte(parts[0] + "." + parts[1])} {
		names[i] = filepath.Join(s.dir, names[i])
		if err := os.WriteFile(names[i], data, 0o600); err != nil {
			return err
		}
	}
	out, err := exec.CommandContext(s.ctx, "openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", names[0], "-rawin", "-in", names[2], "-sigfile", names[1]).CombinedOutput()
	return s.check("openssl verifies the signature with the key in the DID", err == nil && strings.Contains(string(out), "Signature Verified Successfully"), "%s", out)
}

// ed25519Of reads the public key in a did:key (base58btc, multicodec ed25519-pub) with arithmetic of its own.
func ed25519Of(did string) ([]byte, error) {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	text, ok := strings.CutPrefix(did, "did:key:z")
	if !ok {
		return nil, fmt.Errorf("%q is no did:key", did)
	}
	out := make([]byte, 34)
	for _, r := range text {
		carry := strings.IndexRune(alphabet, r)
		if carry < 0 {
			return nil, fmt.Errorf("%q is not base58", r)
		}
		for i := len(out) - 1; i >= 0; i-- {
			carry += 58 * int(out[i])
			out[i] = byte(carry) //nolint:gosec // the low byte is meant
			carry >>= 8
		}
	}
	if out[0] != 0xed || out[1] != 0x01 {
		return nil, fmt.Errorf("%q holds no Ed25519 key", did)
	}
	return out[2:], nil
}

func shell(s *stage) error {
	if err := s.forget("key1"); err != nil {
		return err
	}
	script := "identity list --limit 3\nidentity create --label from-shell\nsign text hello --as from-shell\nlock\nidentity list\nexit\n"
	o, err := s.runWith(strings.NewReader(script), nil, "shell", "--token", "10000001/piv")
	if err != nil {
		return err
	}
	used, err := s.used("key1")
	if err != nil {
		return err
	}
	if err := errors.Join(
		s.check("three commands, one touch", len(used) == 1, "%+v", used),
		s.check("after lock everything is refused", o.code == 1, "exit %d", o.code),
	); err != nil {
		return err
	}
	return s.pullOut()
}

// pullOut takes the key away while the shell is open: the next command is refused.
func (s *stage) pullOut() error {
	in, typing, err := os.Pipe()
	if err != nil {
		return err
	}
	unlocked, once := make(chan struct{}), sync.Once{}
	o, err := s.runWith(in, func(*exec.Cmd) (func() error, error) {
		s.heard = func(text string) {
			if strings.Contains(text, "Unlocked") {
				once.Do(func() { close(unlocked) })
			}
		}
		done := make(chan error, 1)
		go func() {
			<-unlocked
			_, err := s.bench.Key(s.ctx, "key1", "unplug")
			time.Sleep(3 * time.Second) // the departure is noticed by the reader's next look, 0.4 s apart
			_, err2 := typing.WriteString("identity list\nexit\n")
			done <- errors.Join(err, err2, typing.Close())
		}()
		return func() error { s.heard = nil; return errors.Join(<-done, in.Close()) }, nil
	}, "shell", "--token", "10000001/piv")
	if err != nil {
		return err
	}
	if err := s.check("the vault locked when its key was pulled out", o.code == 1 && !strings.Contains(o.stdout, "did:key"), "exit %d", o.code); err != nil {
		return err
	}
	if _, err := s.bench.Key(s.ctx, "key1", "plug"); err != nil {
		return err
	}
	if _, err = s.must("open", "--wait", "--token", "10000001/fido2"); err != nil {
		return err
	}
	_, err = s.must("open", "--wait", "--token", "10000001/piv")
	return err
}
