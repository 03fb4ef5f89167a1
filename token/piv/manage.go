package piv

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // the management key of older tokens is one of three-key 3DES (SP 800-78-4 table 6-2)
	"fmt"

	"holdfast/token"
)

// More instructions: those that need the management key (SP 800-73-4 part 2 section 3; MOVE KEY is Yubico's).
const (
	insAuthenticate = 0x87
	insPutData      = 0xdb
	insMoveKey      = 0xf6
)

// deletedKey is the target of MOVE KEY that deletes.
const deletedKey = 0xff

// The tags of a dynamic authentication template (SP 800-73-4 part 2 table 7).
const (
	tagTemplate  = 0x7c
	tagChallenge = 0x81
	tagResponse  = 0x82
)

// managementCipher makes the cipher of a management key.
func managementCipher(algorithm byte, key []byte) (cipher.Block, error) {
	switch algorithm {
	case 0x03:
		return des.NewTripleDESCipher(key) //nolint:gosec // see the import
	case 0x08, 0x0a, 0x0c:
		return aes.NewCipher(key)
	default:
		return nil, token.NewError(token.Malformed, token.PIV, fmt.Sprintf("a management key of algorithm %02x", algorithm))
	}
}

// authenticate shows the card the management key, by enciphering what it asks (SP 800-73-4 part 2 appendix A.1, external authentication).
func (c card) authenticate(key []byte) error {
	m, err := c.metadata(refManagement)
	if err != nil {
		return err
	}
	block, err := managementCipher(m.algorithm, key)
	if err != nil {
		return err
	}
	answer, err := c.command(insAuthenticate, m.algorithm, refManagement, []byte{tagTemplate, 0x02, tagChallenge, 0x00})
	if err != nil {
		return err
	}
	template, err := parseTLV(answer)
	if err != nil {
		return err
	}
	fields, err := parseTLV(template[tagTemplate])
	if err != nil {
		return err
	}
	size := block.BlockSize()
	if len(fields[tagChallenge]) != size {
		return malformed("challenge", fields[tagChallenge])
	}
	response := []byte{tagTemplate, byte(2 + size), tagResponse, byte(size)} //nolint:gosec // 8 or 16
	response = append(response, make([]byte, size)...)
	block.Encrypt(response[4:], fields[tagChallenge])
	_, err = c.command(insAuthenticate, m.algorithm, refManagement, response)
	return err
}

// deleteKey deletes the key in a slot; one that is not there is deleted already. Firmware 5.7 and later, after authenticate.
func (c card) deleteKey(slot byte) error {
	if _, err := c.metadata(slot); isMissing(err) {
		return nil
	}
	_, err := c.command(insMoveKey, deletedKey, slot, nil)
	return err
}

// putCertificate writes the certificate beside a slot's key, or deletes it when der is empty (SP 800-73-4 part 1 appendix A). After authenticate.
func (c card) putCertificate(slot byte, der []byte) error {
	id, ok := objectID(slot)
	if !ok {
		return token.NewError(token.BadRequest, token.PIV, fmt.Sprintf("no object for slot %02x", slot))
	}
	var object []byte
	if len(der) > 0 {
		object = append(object, field(0x70, der)...)
		object = append(object, field(0x71, []byte{0})...) // not compressed
		object = append(object, field(0xfe, nil)...)
	}
	_, err := c.command(insPutData, 0x3f, 0xff, append([]byte{0x5c, 0x03, 0x5f, 0xc1, id}, field(0x53, object)...))
	return err
}

// field makes a BER-TLV field of at most 65,535 bytes (ISO 7816-4 section 5.2.2).
func field(tag byte, value []byte) []byte {
	n := len(value)
	head := []byte{tag, 0x82, byte(n >> 8), byte(n)} //nolint:gosec // bounded by maxObject
	switch {
	case n < 0x80:
		head = []byte{tag, byte(n)}
	case n <= 0xff:
		head = []byte{tag, 0x81, byte(n)}
	}
	return append(head, value...)
}
