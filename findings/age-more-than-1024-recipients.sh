#!/bin/sh
# age writes a file for 1,025 recipients that it then refuses to read.
#
# Expected: what Encrypt and Close wrote without an error, Decrypt opens again for any of the recipients; and where
#   there is a limit, it is refused when the file is written, while the plaintext is still there.
# Happens: the limit of 1,024 stanzas is in the reader of the header alone. The file is complete, and nobody who has
#   this version can open it.
# Meaning: whoever encrypts to a list (a team, a fleet) counts before writing, or reads the file back before the
#   plaintext goes.
# Versions: filippo.io/age v1.3.2.
# Source: internal/format/format.go, maxRecipientStanzas.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

func main() {
	for _, n := range []int{1024, 1025} {
		fmt.Printf("%d recipients: %s\n", n, roundTrip(n))
	}
}

func roundTrip(n int) string {
	var recipients []age.Recipient
	var last age.Identity
	for range n {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			return err.Error()
		}
		recipients, last = append(recipients, identity.Recipient()), identity
	}
	var file bytes.Buffer
	w, err := age.Encrypt(&file, recipients...)
	if err != nil {
		return "not encrypted: " + err.Error()
	}
	if _, err := io.Copy(w, strings.NewReader("hello")); err != nil {
		return "not encrypted: " + err.Error()
	}
	if err := w.Close(); err != nil {
		return "not encrypted: " + err.Error()
	}
	r, err := age.Decrypt(&file, last)
	if err != nil {
		return "encrypted, and not decrypted: " + err.Error()
	}
	text, err := io.ReadAll(r)
	return fmt.Sprintf("encrypted, and decrypted to %q, %v", text, err)
}
END
cat >expected <<'END'
1024 recipients: encrypted, and decrypted to "hello", <nil>
1025 recipients: encrypted, and not decrypted: failed to read header: parsing age header: header contains more than 1024 recipient stanzas
END
go mod init finding
go get filippo.io/age@v1.3.2
go run . >seen
diff expected seen
