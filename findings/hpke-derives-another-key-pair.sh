#!/bin/sh
# One KEM of HPKE, one input, two key pairs: DeriveKeyPair of MLKEM768-X25519 differs between Go and the others.
#
# Expected: DeriveKeyPair is there so that a key pair can be had again from a secret (RFC 9180 section 4): under one KEM
#   id (0x647a) and one input every implementation gives one key pair. And since the KEM's private key is itself 32
#   bytes, all of which are valid, a wrong one is no error.
# Happens: Go's standard library expands the input under HPKE's own labels; circl and @hpke take SHAKE256 of the bare
#   input, as the X-Wing draft has it. They agree on what 32 bytes of private key are, and open what the other sealed.
# Meaning: keys that are derived for this KEM are written down as "these 32 bytes are the private key" (NewPrivateKey),
#   never as "input of DeriveKeyPair"; else a change of library finds other keys, and says nothing.
# Versions: Go 1.26, github.com/cloudflare/circl v1.6.5, @hpke/core 1.9.0 with @hpke/hybridkem-x-wing 0.7.0 (Node 20).
# Source: crypto/hpke, hybridKEM.DeriveKeyPair; circl kem/xwing, deriveKeyPair; draft-connolly-cfrg-xwing-kem.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"bytes"
	"crypto/hpke"
	"crypto/sha3"
	"encoding/hex"
	"fmt"
	"os"

	circl "github.com/cloudflare/circl/hpke"
)

func main() {
	input := bytes.Repeat([]byte{7}, 32)
	private, err := hpke.MLKEM768X25519().DeriveKeyPair(input)
	check(err)
	ours, err := private.Bytes()
	check(err)
	scheme := circl.KEM_XWING.Scheme()
	_, other := scheme.DeriveKeyPair(input)
	theirs, err := other.MarshalBinary()
	check(err)
	npm, err := hex.DecodeString(os.Args[1])
	check(err)
	fmt.Println("DeriveKeyPair: Go is circl:", bytes.Equal(ours, theirs))
	fmt.Println("DeriveKeyPair: circl is @hpke:", bytes.Equal(theirs, npm))
	fmt.Println("DeriveKeyPair: circl is SHAKE256 of the input:", bytes.Equal(theirs, sha3.SumSHAKE256(input, 32)))

	same, err := hpke.MLKEM768X25519().NewPrivateKey(theirs)
	check(err)
	public, err := other.Public().MarshalBinary()
	check(err)
	fmt.Println("private key of 32 bytes: Go is circl:", bytes.Equal(same.PublicKey().Bytes(), public))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
END
cat >main.mjs <<'END'
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core'
import { XWing } from '@hpke/hybridkem-x-wing'

const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })
const pair = await suite.kem.deriveKeyPair(new Uint8Array(32).fill(7))
process.stdout.write(Buffer.from(await suite.kem.serializePrivateKey(pair.privateKey)).toString('hex'))
END
cat >expected <<'END'
DeriveKeyPair: Go is circl: false
DeriveKeyPair: circl is @hpke: true
DeriveKeyPair: circl is SHAKE256 of the input: true
private key of 32 bytes: Go is circl: true
END
npm install --ignore-scripts --no-audit --no-fund @hpke/core@1.9.0 @hpke/hybridkem-x-wing@0.7.0
go mod init finding
go get github.com/cloudflare/circl/hpke@v1.6.5
go run . "$(node main.mjs)" >seen
diff expected seen
