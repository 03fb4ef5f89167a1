package store

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"holdfast/internal/secret"
)

// journalSecretSize is the length of the journal secret, in bytes.
const journalSecretSize = 32

// Labels of the keys derived from the journal secret with HKDF-SHA-256 (RFC 5869).
const (
	labelJournalMAC = "holdfast draft-0 journal mac"
	labelRowMAC     = "holdfast draft-0 row mac"
)

// macKeys authenticate journal entries and decisive rows.
type macKeys struct{ journal, row *secret.Bytes }

func deriveMACKeys(s *secret.Bytes) (*macKeys, error) {
	if s.Len() != journalSecretSize {
		return nil, fmt.Errorf("journal secret of %d bytes: must be %d", s.Len(), journalSecretSize)
	}
	journal, err := expand(s, labelJournalMAC)
	if err != nil {
		return nil, err
	}
	row, err := expand(s, labelRowMAC)
	if err != nil {
		journal.Destroy()
		return nil, err
	}
	return &macKeys{journal, row}, nil
}

func expand(s *secret.Bytes, label string) (*secret.Bytes, error) {
	var out *secret.Bytes
	err := s.Expose(func(p []byte) error {
		key, err := hkdf.Key(sha256.New, p, nil, label, sha256.Size)
		if err != nil {
			return err
		}
		out, err = secret.Move(key)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("deriving %q: %w", label, err)
	}
	return out, nil
}

func (k *macKeys) destroy() {
	if k == nil {
		return
	}
	k.journal.Destroy()
	k.row.Destroy()
}

// event authenticates a journal entry; it is the journal's MAC.
func (k *macKeys) event(message []byte) ([]byte, error) { return hmacSHA256(k.journal, message) }

func hmacSHA256(key *secret.Bytes, message []byte) ([]byte, error) {
	var sum []byte
	err := key.Expose(func(p []byte) error {
		h := hmac.New(sha256.New, p)
		h.Write(message)
		sum = h.Sum(nil)
		return nil
	})
	return sum, err
}

// sign authenticates a row: its table, key, content and the event that set it, each with its length before it.
func (k *macKeys) sign(table, key string, content []byte, event uint64) ([]byte, error) {
	message := make([]byte, 0, len(table)+len(key)+len(content)+32)
	for _, part := range [][]byte{[]byte(table), []byte(key), content} {
		message = binary.BigEndian.AppendUint64(message, uint64(len(part)))
		message = append(message, part...)
	}
	mac, err := hmacSHA256(k.row, binary.BigEndian.AppendUint64(message, event))
	if err != nil {
		return nil, fmt.Errorf("row %s/%s: %w", table, key, err)
	}
	return mac, nil
}

// judge is nil when mac is what sign gives.
func (k *macKeys) judge(table, key string, content []byte, event uint64, mac []byte) error {
	want, err := k.sign(table, key, content, event)
	if err != nil {
		return err
	}
	if !hmac.Equal(mac, want) {
		return &TamperedError{table + "/" + key, WhatMAC}
	}
	return nil
}
