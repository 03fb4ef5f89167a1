package ctap

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
)

// tokenSize is the length of a PIN/UV auth token, in bytes.
const tokenSize = 32

// pinProtocol is one of the two PIN/UV auth protocols (sections 6.5.6, 6.5.7)
// with its key agreement key.
type pinProtocol struct {
	version uint
	key     *ecdh.PrivateKey
	random  io.Reader
}

func newPINProtocol(version uint, random io.Reader) (*pinProtocol, error) {
	p := &pinProtocol{version: version, random: random}
	return p, p.regenerate()
}

// regenerate makes a new key agreement key.
func (p *pinProtocol) regenerate() (err error) {
	p.key, err = ecdh.P256().GenerateKey(rand.Reader)
	return err
}

// public is the authenticator's half of the key agreement.
func (p *pinProtocol) public() coseKey { return ec2Key(algECDH, p.key.PublicKey().Bytes()) }

// decapsulate gives the secret shared with the holder of a platform key: 32
// bytes under protocol 1, 64 (HMAC key, AES key) under protocol 2.
func (p *pinProtocol) decapsulate(platform coseKey) ([]byte, error) {
	peer, err := platform.agreementKey()
	if err != nil {
		return nil, err
	}
	z, err := p.key.ECDH(peer)
	if err != nil {
		return nil, ErrInvalidParameter
	}
	return p.kdf(z)
}

func (p *pinProtocol) kdf(z []byte) ([]byte, error) {
	if p.version == 1 {
		secret := sha256.Sum256(z)
		return secret[:], nil
	}
	salt := make([]byte, sha256.Size)
	mac, err := hkdf.Key(sha256.New, z, salt, "CTAP2 HMAC key", 32)
	if err != nil {
		return nil, err
	}
	enc, err := hkdf.Key(sha256.New, z, salt, "CTAP2 AES key", 32)
	if err != nil {
		return nil, err
	}
	return append(mac, enc...), nil
}

// block is the cipher under a shared secret.
func (p *pinProtocol) block(secret []byte) (cipher.Block, error) {
	if p.version == 2 {
		secret = secret[32:]
	}
	return aes.NewCipher(secret)
}

// encrypt enciphers a multiple of 16 bytes under a shared secret.
func (p *pinProtocol) encrypt(secret, plain []byte) ([]byte, error) {
	if len(plain)%aes.BlockSize != 0 {
		return nil, fmt.Errorf("%d bytes are no whole number of blocks", len(plain))
	}
	block, err := p.block(secret)
	if err != nil {
		return nil, err
	}
	iv := make([]byte, aes.BlockSize)
	out := make([]byte, len(plain))
	if p.version == 1 {
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, plain) // #nosec G407 -- protocol 1 has an all-zero IV
		return out, nil
	}
	if _, err := io.ReadFull(p.random, iv); err != nil {
		return nil, err
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, plain)
	return append(iv, out...), nil
}

// decrypt is the reverse of encrypt. A length that cannot be gives false.
func (p *pinProtocol) decrypt(secret, sealed []byte) ([]byte, bool) {
	iv := make([]byte, aes.BlockSize)
	if p.version == 2 {
		if len(sealed) < aes.BlockSize {
			return nil, false
		}
		iv, sealed = sealed[:aes.BlockSize], sealed[aes.BlockSize:]
	}
	if len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, false
	}
	block, err := p.block(secret)
	if err != nil {
		return nil, false
	}
	out := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, sealed)
	return out, true
}

// authenticate gives the MAC of a message under a shared secret or a PIN/UV
// auth token: 16 bytes under protocol 1, 32 under protocol 2.
func (p *pinProtocol) authenticate(key, message []byte) []byte {
	mac := hmac.New(sha256.New, key[:32])
	mac.Write(message)
	if p.version == 1 {
		return mac.Sum(nil)[:16]
	}
	return mac.Sum(nil)
}

// verify checks a MAC in constant time.
func (p *pinProtocol) verify(key, message, tag []byte) bool {
	return hmac.Equal(p.authenticate(key, message), tag)
}
