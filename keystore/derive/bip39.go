package derive

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"holdfast/internal/secret"
)

const (
	// MasterSize is the length of the master secret in bytes: BIP-39 entropy of 256 bits.
	MasterSize = 32
	// WordCount is the number of words that stand for the master secret.
	WordCount = 24

	// bitsPerWord is the logarithm of the size of the list.
	bitsPerWord = 11
	maxSentence = WordCount*(maxLetters+1) - 1
	rounds      = 2048
)

// ErrWordCount says that a sentence does not have 24 words.
var ErrWordCount = errors.New("the sentence must have 24 words")

// WordError says which word of a sentence is wrong, never what it was.
type WordError struct {
	// Position counts from 1. For a checksum that does not fit it is that of the last word, which carries the checksum; the mistake may then be in
	// any word, or in their order.
	Position int
	// Checksum is true when every word is in the list but they do not belong together.
	Checksum bool
}

// Error names the position only.
func (e *WordError) Error() string {
	if e.Checksum {
		return fmt.Sprintf("every word is in the list, but the checksum in word %d does not fit: a word is another one or stands in another place", e.Position)
	}
	return fmt.Sprintf("word %d is not in the list", e.Position)
}

// Words returns the 24 words of the 32-byte master secret (BIP-39, English), lower case, with single spaces between them. Words and entropy are
// written where they are locked, never on the stack: Go moves a stack that grows, and nobody wipes what the old one held.
func Words(entropy *secret.Bytes) (*secret.Bytes, error) {
	room, err := secret.New(maxSentence)
	if err != nil {
		return nil, err
	}
	defer room.Destroy()
	n := 0
	err = withMaster(entropy, func(p []byte) error {
		return room.Fill(func(text []byte) (err error) {
			n, err = encode(text, p)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return room.Part(0, n)
}

// Entropy returns the 32-byte master secret of 24 words (BIP-39, English). Case and extra white space do not matter, and a word may be given by its
// first four letters. A wrong word or checksum is a *WordError, another number of words is ErrWordCount.
func Entropy(words *secret.Bytes) (*secret.Bytes, error) {
	room, err := secret.New(len(entropyBits{}))
	if err != nil {
		return nil, err
	}
	defer room.Destroy()
	err = words.Expose(func(p []byte) error {
		return room.Fill(func(bits []byte) error {
			return secret.Swept(func() error {
				n, err := decode((*entropyBits)(bits), p)
				if err == nil && n != WordCount {
					err = fmt.Errorf("%w, and this one has %d", ErrWordCount, n)
				}
				return err
			})
		})
	})
	if err != nil {
		return nil, err
	}
	return room.Part(0, MasterSize)
}

// Seed stretches the 32-byte master secret to the 64-byte BIP-39 seed with an empty passphrase. It takes some milliseconds by design: for many keys
// call it once and FromSeed for each.
func Seed(master *secret.Bytes) (*secret.Bytes, error) {
	words, err := Words(master)
	if err != nil {
		return nil, err
	}
	defer words.Destroy()
	seed, err := secret.New(macSize)
	if err != nil {
		return nil, err
	}
	err = words.Expose(func(sentence []byte) error {
		return seed.Fill(func(out []byte) error {
			stretch((*[macSize]byte)(out), sentence, nil)
			return nil
		})
	})
	if err != nil {
		seed.Destroy()
		return nil, err
	}
	return seed, nil
}

// entropyBits is the entropy of up to 24 words, and behind it the checksum.
type entropyBits [MasterSize + 1]byte

// encode writes the words of 16, 20, 24, 28 or 32 bytes of entropy into text, which has room for maxSentence bytes, and returns their length.
func encode(text, entropy []byte) (n int, err error) {
	size := len(entropy)
	if size < 16 || size > MasterSize || size%4 != 0 {
		return 0, fmt.Errorf("entropy of %d bytes: must be 16, 20, 24, 28 or 32", size)
	}
	sum := checksum(entropy)
	for i := range size * 3 / 4 {
		if i > 0 {
			text[n] = ' '
			n++
		}
		n += copy(text[n:], list()[wordAt(entropy, sum, i)])
	}
	return n, nil
}

// decode writes the entropy of 12, 15, 18, 21 or 24 words, and behind it the checksum, and returns the number of words.
func decode(bits *entropyBits, text []byte) (int, error) {
	n := 0
	for {
		var word []byte
		if word, text = cut(text); len(word) == 0 {
			break
		}
		n++
		if n > WordCount {
			continue // only counted, for the error
		}
		index := indexOf(word)
		if index < 0 {
			return n, &WordError{Position: n}
		}
		bits.setWord(n-1, index)
	}
	if n < 12 || n > WordCount || n%3 != 0 {
		return n, fmt.Errorf("%w, and this one has %d", ErrWordCount, n)
	}
	size := n * 4 / 3
	mask := byte(0xff) << (8 - size/4)
	if (checksum(bits[:size])^bits[size])&mask != 0 {
		return n, &WordError{Position: n, Checksum: true}
	}
	return n, nil
}

// checksum is the first byte of the hash of the entropy, of which a bit is used for each four bytes.
func checksum(entropy []byte) byte {
	hash := sha256.Sum256(entropy)
	defer clear(hash[:])
	return hash[0]
}

// wordAt reads the i-th group of eleven bits of the entropy with its checksum behind it.
func wordAt(entropy []byte, sum byte, i int) int {
	v := 0
	for at := i * bitsPerWord; at < (i+1)*bitsPerWord; at++ {
		b := sum
		if at/8 < len(entropy) {
			b = entropy[at/8]
		}
		v = v<<1 | int(b>>(7-at%8)&1)
	}
	return v
}

// setWord writes the i-th group of eleven bits, which must be zero before.
func (b *entropyBits) setWord(i, v int) {
	for k := range bitsPerWord {
		at := i*bitsPerWord + k
		b[at/8] |= byte(v>>(bitsPerWord-1-k)&1) << (7 - at%8)
	}
}

// cut returns the first word of text, empty when there is none, and what follows it.
func cut(text []byte) (word, rest []byte) {
	for len(text) > 0 && isSpace(text[0]) {
		text = text[1:]
	}
	n := 0
	for n < len(text) && !isSpace(text[n]) {
		n++
	}
	return text[:n], text[n:]
}

func isSpace(b byte) bool { return b == ' ' || '\t' <= b && b <= '\r' }

// stretch is PBKDF2 (RFC 8018) with HMAC-SHA-512, 2,048 rounds and the salt "mnemonic" followed by the passphrase, which fills one block. The
// passphrase is empty but for the published vectors; it has at most maxMessage-12 bytes.
func stretch(out *[macSize]byte, sentence, passphrase []byte) {
	var m mac
	defer m.wipe()
	m.set(sentence)
	var u [macSize]byte
	defer clear(u[:])
	salt := append([]byte("mnemonic"), passphrase...)
	m.sum(&u, append(salt, 0, 0, 0, 1))
	*out = u
	for range rounds - 1 {
		m.sum(&u, u[:])
		for i := range out {
			out[i] ^= u[i]
		}
	}
}
