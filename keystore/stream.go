package keystore

import (
	"bufio"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"holdfast/internal/secret"
)

// chunkSize is the plaintext of one chunk of a stream, in bytes.
const chunkSize = 64 << 10

// The payload of a backup is AES-256-GCM in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): chunks of 64 KiB
// under one fresh key; the nonce is an 11-byte chunk counter and one byte that is 1 for the last chunk; the associated data is the
// hash of the header. So chunks cannot be dropped, repeated, reordered or cut off, nor moved under another header.
type stream struct {
	aead  cipher.AEAD
	ad    []byte
	count uint64
}

func newStream(key *secret.Bytes, ad []byte) (*stream, error) {
	s := &stream{ad: ad}
	err := key.Expose(func(k []byte) error {
		var err error
		s.aead, err = newGCM(k)
		return err
	})
	return s, err
}

func (s *stream) nonce(last bool) []byte {
	n := make([]byte, 12)
	binary.BigEndian.PutUint64(n[3:11], s.count)
	if last {
		n[11] = 1
	}
	s.count++
	return n
}

// encrypt copies r to w in sealed chunks and says how many plaintext bytes it took. stop is asked between chunks.
func (s *stream) encrypt(w io.Writer, r io.Reader, stop func(done int64) error) (int64, error) {
	in := bufio.NewReaderSize(r, chunkSize)
	buf, out := make([]byte, chunkSize), make([]byte, 0, chunkSize+16)
	var done int64
	for {
		n, last, err := readChunk(in, buf)
		if err != nil {
			return done, err
		}
		out = s.aead.Seal(out[:0], s.nonce(last), buf[:n], s.ad)
		if _, err := w.Write(out); err != nil {
			return done, err
		}
		done += int64(n)
		if err := stop(done); err != nil {
			return done, err
		}
		if last {
			return done, nil
		}
	}
}

// decrypt reverses encrypt. What it wrote is to be used only when it returns no error.
func (s *stream) decrypt(w io.Writer, r io.Reader, stop func(done int64) error) (int64, error) {
	in := bufio.NewReaderSize(r, chunkSize+s.aead.Overhead())
	buf, out := make([]byte, chunkSize+s.aead.Overhead()), make([]byte, 0, chunkSize)
	var done int64
	for {
		n, last, err := readChunk(in, buf)
		if err == nil && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return done, fmt.Errorf("the backup ends too early: %w", err)
		}
		chunk := s.count
		out, err = s.aead.Open(out[:0], s.nonce(last), buf[:n], s.ad)
		if err != nil {
			return done, fmt.Errorf("chunk %d does not open: %w", chunk+1, err)
		}
		if _, err := w.Write(out); err != nil {
			return done, err
		}
		done += int64(len(out))
		if err := stop(done); err != nil {
			return done, err
		}
		if last {
			return done, nil
		}
	}
}

// readChunk fills buf, or reads what is left, and says whether that was the last of it.
func readChunk(in *bufio.Reader, buf []byte) (n int, last bool, err error) {
	n, err = io.ReadFull(in, buf)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return n, false, err
	}
	if _, err = in.Peek(1); err != nil && !errors.Is(err, io.EOF) {
		return n, false, err
	}
	return n, err != nil, nil
}
