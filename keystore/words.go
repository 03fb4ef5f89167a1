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
	return c.withWords(context.Background(), show)
}

// withWords lends the words to fn, which may take as long as their owner does: the vault can be closed meanwhile, and fn has Done to learn of it.
func (c *Ceremony) withWords(ctx context.Context, fn func(words [][]byte) error) error {
	var sentence *secret.Bytes
	if err := c.run(ctx, func(context.Context) (err error) {
		c.shown = true
		sentence, err = derive.Words(c.m.secret)
		return err
	}); err != nil {
		return err
	}
	defer sentence.Destroy()
	return sentence.Expose(func(p []byte) error { return fn(bytes.Split(p, []byte(" "))) })
}

// ConfirmWords asks words back by position (from 1) and compares them with the master secret's: WrongWordError at the first that
// differs. When all are right this is durable.
func (c *Ceremony) ConfirmWords(ctx context.Context, positions []int, ask func(position int) (*secret.Bytes, error)) error {
	if err := c.run(ctx, func(context.Context) error {
		if !c.shown || len(positions) == 0 {
			return ErrNothingToConfirm
		}
		return nil
	}); err != nil {
		return err
	}
	for _, n := range positions {
		if err := c.confirmWord(ctx, n, ask); err != nil {
			return err
		}
	}
	return c.run(ctx, func(ctx context.Context) error {
		return c.v.act(ctx, func(tx *store.Tx) error {
			e, err := tx.Event(journal.New{Act: journal.ActConfirmWords, Phase: journal.Outcome, Subject: c.v.ID(), Result: journal.OK})
			if err != nil {
				return err
			}
			return tx.PutSetting(settingWords, e.Time.UTC().Format("2006-01-02T15:04:05Z"), e.Number)
		})
	})
}

func (c *Ceremony) confirmWord(ctx context.Context, n int, ask func(int) (*secret.Bytes, error)) error {
	typed, err := ask(n)
	if err != nil {
		return err
	}
	defer typed.Destroy()
	right := false
	err = c.withWords(ctx, func(words [][]byte) error {
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
