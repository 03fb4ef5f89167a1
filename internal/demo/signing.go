package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"

	"holdfast/internal/journey/shown"
)

// Chapter 5: signatures.

// The fields of signing and verifying, by their hints.
const (
	pathField = "Path of the file"
	textField = "Type or paste what you sign"
)

const signedText = "I was here on the first day."

func signAndVerify(s *stage) error {
	file, note := filepath.Join(s.home, "contract.txt"), filepath.Join(s.home, "note.jws")
	return inOrder(
		s.lock, s.forgets("key1"), s.unlock,
		func() error { return os.WriteFile(file, []byte("We agree.\n"), 0o600) },
		s.step("sign a file", s.open("public", "public"), s.press("Sign a file"), s.fill(pathField, file), s.press("Sign"), s.sees("Signed. The signature is in")),
		s.step("it verifies", s.key("ctrl+2"), s.press("Verify a signature"), s.fill(pathField, file), s.press("Verify"), s.sees("The signature holds, and the file is what was signed", "public, one of your own identities")),
		s.verifiedOutside(file),
		func() error { return os.WriteFile(file, []byte("We agree to everything.\n"), 0o600) },
		s.step("changed, it does not verify any more", s.press("Verify"), s.sees("its content was changed")),
		s.refuse("its content was changed", "verify", "file", file),
		s.step("sign a text", s.open("bank of", "bank"), s.press("Sign a text"), s.fill(textField, signedText), s.press("Sign"), s.sees("What follows holds the text and the signature")),
		s.step("and keep it", s.press("Save the signed text"), s.fill("", filepath.Base(note)), s.press("Choose this place"), s.sees("Written to")),
		s.step("it verifies, and shows what was signed", s.press("Close"), s.key("ctrl+2"), s.press("Verify a signature"), s.pick("A text"), s.fill(pathField, note), s.press("Verify"),
			s.sees("The signature holds.", signedText, "bank, one of your own identities")),
		s.textVerifies(note),
		s.onlyTheUnlockWasTouched,
	)
}

// open finds an identity by a text that no DID can hold by chance, and opens it.
func (s *stage) open(text, label string) act {
	return func() error {
		return inOrder(s.find(text), s.sees("1 identity found", label), s.key("Return"), s.focused("", shown.List), s.key("Return"), s.sees("Its name (DID)"))
	}
}

// verifiedOutside verifies the file's signature by the command line, and by nothing but the standard library and the DID itself.
func (s *stage) verifiedOutside(file string) act {
	return func() error {
		if _, err := s.must("verify", "file", file, "--by", s.dids["public"]); err != nil {
			return err
		}
		jws, err := os.ReadFile(file + ".jws")
		if err != nil {
			return err
		}
		key, err := ed25519Of(s.dids["public"])
		if err != nil {
			return err
		}
		body, tail, _ := bytes.Cut(bytes.TrimSpace(jws), []byte("."))
		payload, sig, ok := bytes.Cut(tail, []byte("."))
		signature, err := base64.RawURLEncoding.DecodeString(string(sig))
		signed := append(append(bytes.Clone(body), '.'), payload...)
		return s.check("the key in the DID verifies the signature, without any part of the wallet", ok && err == nil && ed25519.Verify(key, signed, signature), "%v", err)
	}
}

// ed25519Of reads the public key in a did:key (base58btc, multicodec ed25519-pub) with arithmetic of its own.
func ed25519Of(did string) (ed25519.PublicKey, error) {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	text, ok := strings.CutPrefix(did, "did:key:z")
	if !ok {
		return nil, fmt.Errorf("%q is no did:key", did)
	}
	n, base := new(big.Int), big.NewInt(int64(len(alphabet)))
	for _, r := range text {
		digit := strings.IndexRune(alphabet, r)
		if digit < 0 {
			return nil, fmt.Errorf("%q is not base58", r)
		}
		n.Add(n.Mul(n, base), big.NewInt(int64(digit)))
	}
	key, ok := bytes.CutPrefix(n.Bytes(), []byte{0xed, 0x01})
	if !ok || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%q holds no Ed25519 key", did)
	}
	return key, nil
}

func (s *stage) textVerifies(file string) act {
	return func() error {
		o, err := s.must("verify", "text", file, "--by", s.dids["bank"])
		if err != nil {
			return err
		}
		return s.check("the text verifies outside, too, and is what was signed", strings.Contains(o.stdout, signedText), "%s", o.stdout)
	}
}

// refuse runs a command that has to fail with exit code 1, saying words.
func (s *stage) refuse(words string, args ...string) act {
	return func() error {
		o, err := s.ctl(args...)
		if err != nil {
			return err
		}
		return s.check(fmt.Sprintf("the command line refuses, too, saying %q", words), o.code == 1 && strings.Contains(o.stderr, words), "exit %d: %s", o.code, o.stderr)
	}
}

func (s *stage) onlyTheUnlockWasTouched() error {
	used, err := s.used("key1")
	if err != nil {
		return err
	}
	return s.check("the only touch was for opening the vault", len(used) == 1 && used[0].Slot == "82", "%+v", used)
}
