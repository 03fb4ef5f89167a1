package token

// Weakness is a published weakness of a token's firmware, told to the owner as data. It never decides anything.
type Weakness struct {
	Name      string `json:"name"`      // as it is known
	Reference string `json:"reference"` // the advisory
	Concerns  string `json:"concerns"`  // what the advisory speaks of, and no more
	FixedIn   string `json:"fixed_in"`  // first firmware without it
}

// The form factors of a YubiKey that carry a fingerprint reader (READ CONFIG, tag 04).
const (
	formFactorUSBABio = 0x06
	formFactorUSBCBio = 0x07
)

type weaknessRow struct {
	Weakness
	side     Kind // the side it touches; "" both
	from, to Version
	bio      bool // row of the Bio series, which has its own numbers
}

// weaknessTable: the sources are CVE-2017-15361 and Yubico's advisories YSA-2017-01 and YSA-2024-03.
func weaknessTable() []weaknessRow {
	roca := Weakness{
		Name: "ROCA", Reference: "CVE-2017-15361, YSA-2017-01", FixedIn: "4.3.5",
		Concerns: "RSA keys made on the token itself; holdfast makes no RSA keys",
	}
	euc := Weakness{
		Name: "EUCLEAK", Reference: "YSA-2024-03", FixedIn: "5.7.0",
		Concerns: "ECDSA signatures: whoever holds the key for minutes and opens its case may copy a signing key",
	}
	eucBio := euc
	eucBio.FixedIn = "5.7.2"
	return []weaknessRow{
		{Weakness: roca, side: PIV, from: Version{4, 2, 6}, to: Version{4, 3, 5}},
		{Weakness: euc, from: Version{5, 0, 0}, to: Version{5, 7, 0}},
		{Weakness: eucBio, from: Version{5, 0, 0}, to: Version{5, 7, 2}, bio: true},
	}
}

// WeaknessesOf lists what is known of a YubiKey's firmware. formFactor is the management applet's (READ CONFIG,
// tag 04), 0 when unknown.
func WeaknessesOf(side Kind, firmware Version, formFactor byte) []Weakness {
	form := formFactor &^ 0x80 // the top bit marks FIPS models
	bio := form == formFactorUSBABio || form == formFactorUSBCBio
	var found []Weakness
	for _, row := range weaknessTable() {
		if row.bio == bio && (row.side == "" || row.side == side) && firmware.AtLeast(row.from) && !firmware.AtLeast(row.to) {
			found = append(found, row.Weakness)
		}
	}
	return found
}
