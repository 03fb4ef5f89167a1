package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/google/licensecheck"
)

// allowed are the licences, by their SPDX names, under which others' work may be in the programs: all let it be shipped
// with a program under the Apache License 2.0, as long as their texts go with it. A licence that is not here fails.
var allowed = []string{
	"0BSD", "Apache-2.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "HPND-sell-variant", "ISC",
	"MIT", "MIT-0", "OFL-1.1", "Unlicense", "Zlib",
}

// granted are grants beside a licence: they take nothing away.
var granted = []string{"GooglePatentsFile", "GooglePatentClause"}

// judged are the texts that a person has read, by their SHA-256, because the library does not know them whole. A text
// that changes is read again.
var judged = map[string]string{
	// A colour profile: free, as long as it is not changed.
	"4429d00ff0ae8e3e2bb58463396e8c47f52ba859702f84c85d4e1e628c34943c": "International Color Consortium",
	// The DejaVu fonts: free, as long as they are not sold by themselves.
	"a30f2466a95cd1eaeff6041692f43469edcca052d002e877015a819c6e31c194": "Bitstream-Vera",
}

// least is how much of a licence's text must be known, in percent. The rest are names and years.
const least = 75

// licenceOf names the licence of a text, by its SPDX name.
func licenceOf(text []byte) (string, error) {
	sum := sha256.Sum256(text)
	key := hex.EncodeToString(sum[:])
	if name, ok := judged[key]; ok {
		return name, nil
	}
	found := licensecheck.Scan(text)
	name := ""
	for _, m := range found.Match {
		switch {
		case slices.Contains(granted, m.ID):
			name = "patent grant"
		case !slices.Contains(allowed, m.ID):
			return "", fmt.Errorf("the licence %s is not allowed (SHA-256 %s)", m.ID, key)
		case !m.IsURL || name == "":
			name = m.ID
		}
	}
	if name == "" || found.Percent < least {
		return "", fmt.Errorf("nobody knows this licence: %.0f %% of the text are those of %q (SHA-256 %s)",
			found.Percent, name, key)
	}
	return name, nil
}
