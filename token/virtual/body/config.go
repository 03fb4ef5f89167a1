package body

import "encoding/binary"

// The tags of the management configuration, as both sides of a YubiKey answer it.
const (
	tagUSBSupported = 0x01
	tagSerial       = 0x02
	tagUSBEnabled   = 0x03
	tagFormFactor   = 0x04
	tagVersion      = 0x05
	tagAutoEject    = 0x06
	tagChallenge    = 0x07
	tagFlags        = 0x08
	tagLocked       = 0x0a
	tagNFCSupported = 0x0d
	tagNFCEnabled   = 0x0e
)

// The applications in the tags supported and enabled. U2F is named, as on every
// key of this make, for programs tell the models apart by it.
const (
	appU2F   = 0x0002
	appPIV   = 0x0010
	appFIDO2 = 0x0200
)

// formFactorUSBA is a key-chain key with a USB-A plug.
const formFactorUSBA = 0x01

// Config is the management configuration as a side tells it: a length byte and
// the TLVs behind it (one-byte tags and lengths). The smart-card side answers it
// to READ CONFIG of the management applet, the FIDO2 side to CTAPHID vendor
// command 42; that both name one serial number shows that they are one key. A
// side that is not to tell the number leaves its TLV out.
func (b *Body) Config(side string) []byte {
	major, minor, patch := b.Firmware()
	apps := binary.BigEndian.AppendUint16(nil, appU2F|appPIV|appFIDO2)
	told := b.Make().Serial.On(side)
	var tlv []byte
	for _, f := range []struct {
		tag   byte
		value []byte
	}{
		{tagUSBSupported, apps},
		{tagSerial, binary.BigEndian.AppendUint32(nil, b.Serial())},
		{tagUSBEnabled, apps},
		{tagFormFactor, []byte{formFactorUSBA}},
		{tagVersion, []byte{major, minor, patch}},
		{tagAutoEject, []byte{0, 0}},
		{tagChallenge, []byte{15}},
		{tagFlags, []byte{0}},
		{tagLocked, []byte{0}},
		{tagNFCSupported, apps},
		{tagNFCEnabled, apps},
	} {
		if f.tag == tagSerial && !told {
			continue
		}
		tlv = append(tlv, f.tag, byte(len(f.value))) // #nosec G115 -- four bytes at most
		tlv = append(tlv, f.value...)
	}
	return append([]byte{byte(len(tlv))}, tlv...) // #nosec G115 -- 43 bytes
}
