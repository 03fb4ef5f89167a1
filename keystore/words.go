package keystore

import (
	"bytes"
	"context"

	"holdfast/internal/secret"
	"holdfast/journal"
	"holdfast/keystore/derive"
	"holdfast/keystore/store"
)

// settingWords is the decisive setting that says when the owner repeated the words.
const settingWords = "words-confirmed"

// ShowWords lends the 24 words to show, in order; they are valid inside show only and are stored nowhere.
func (c *Ceremony) ShowWords(show func(words [][]byte) error) error {
	if c.closed {
		return ErrClosed
	}
	c.shown = true
	return c.withWords(show)
}

func (c *Ceremony) withWords(fn func(words [][]byte) error) error {
	sentence, err := derive.Words(c.m.secret)
	if err != nil {
		return err
	}
	defer sentence.Destroy()
	return sentence.Expose(func(p []byte) error { return fn(bytes.Split(p, []byte(" "))) })
}

// ConfirmWords asks words back by position (from 1) and compares them with the master secret's: WrongWordError at the first that
// differs. When all are right this is durable.
func (c *Ceremony) ConfirmWords(ctx context.Context, positions []int, ask func(position int) (*secret.Bytes, error)) error {
	if c.closed {
		return ErrClosed
	}
	if !c.shown {
		return ErrNothingToConfirm
	}
	for _, n := range positions {
		if err := c.confirmWord(n, ask); err != nil {
			return err
		}
	}
	return c.v.act(ctx, func(tx *store.Tx) error {
		e, err := tx.Event(journal.New{Act: journal.ActConfirmWords, Phase: journal.Outcome, Subject: c.v.ID(), Result: journal.OK})
		if err != nil {
			return err
		}
		return tx.PutSetting(settingWords, e.Time.UTC().Format("2006-01-02T15:04:05Z"), e.Number)
	})
}

func (c *Ceremony) confirmWord(n int, ask func(int) (*secret.Bytes, error)) error {
	typed, err := ask(n)
	if err != nil {
		return err
	}
	defer typed.Destroy()
	right := false
	err = c.withWords(func(words [][]byte) error {
		if n < 1 || n > len(words) {
			return &WrongWordError{Position: n}
		}
		return typed.Expose(func(p []byte) error {
			right = bytes.Equal(bytes.ToLower(bytes.TrimSpace(p)), words[n-1])
			return nil
		})
	})
	if err == nil && !right {
		err = &WrongWordError{Position: n}
	}
	return err
}
