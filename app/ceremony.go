package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"holdfast/journal"
	"holdfast/keystore"
	"holdfast/keystore/derive"
)

// askBack is how many of the 24 words are asked back after they have been shown.
const askBack = 3

// wordCount is the number of recovery words (BIP-39, 256 bits of entropy).
const wordCount = 24

// Words is the screen of the words ceremony. Neither function may keep what it is lent.
type Words struct {
	// Show shows the words, in order; they are valid only until it returns. It returns when the owner has written them down.
	Show func(words [][]byte) error
	// Ask asks for the word at a position from 1.
	Ask func(ctx context.Context, position int) (*Secret, error)
	// Again is told that a word was not right (*keystore.WrongWordError) and says whether the owner looks at the words once more in the same ceremony.
	// nil ends the ceremony at the first wrong word.
	Again func(ctx context.Context, wrong error) bool
}

// ShowWords shows the recovery words in a ceremony, asks some of them back, and notes that they have been confirmed.
func (s *Session) ShowWords(ctx context.Context, w Words, how Ceremony, p Prompts) error {
	return s.do(ctx, func(ctx context.Context, v *keystore.Vault) error {
		return s.ceremony(ctx, v, journal.ActShowWords, how, p, func(c *keystore.Ceremony) error {
			for {
				err := showAndAsk(ctx, c, w)
				var wrong *keystore.WrongWordError
				if w.Again == nil || !errors.As(err, &wrong) || !w.Again(ctx, err) {
					return err
				}
			}
		})
	})
}

// showAndAsk shows the words once and asks some of them back, others each time.
func showAndAsk(ctx context.Context, c *keystore.Ceremony, w Words) error {
	positions, err := drawPositions()
	if err != nil {
		return err
	}
	if err := c.ShowWords(w.Show); err != nil {
		return err
	}
	return c.ConfirmWords(ctx, positions, func(n int) (*Secret, error) { return w.Ask(ctx, n) })
}

// KnownWord reports whether letters are a word of the list of recovery words, in full or by its first four letters. It keeps nothing of them.
func KnownWord(letters []byte) bool { return derive.IsWord(letters) }

// drawPositions picks which words are asked back, in ascending order.
func drawPositions() ([]int, error) {
	var picked []int
	for len(picked) < askBack {
		n, err := rand.Int(rand.Reader, big.NewInt(wordCount))
		if err != nil {
			return nil, fmt.Errorf("choosing words to ask back: %w", err)
		}
		if at := int(n.Int64()) + 1; !slices.Contains(picked, at) {
			picked = append(picked, at)
		}
	}
	slices.Sort(picked)
	return picked, nil
}

// NewBranch accepts the state of a copied, restored or rolled-back vault in a ceremony and starts a new use branch, which is what such a vault
// needs before anything is made in it. Where nothing has to be accepted it asks for nothing: ErrNothingToAccept.
func (s *Session) NewBranch(ctx context.Context, how Ceremony, p Prompts, steps func(Step)) (branch uint32, err error) {
	err = s.do(ctx, func(ctx context.Context, v *keystore.Vault) error {
		st, err := v.Status(ctx)
		if err == nil && st.ReadOnly == "" {
			err = ErrNothingToAccept
		}
		if err != nil {
			return err
		}
		return s.ceremony(ctx, v, journal.ActOpenBranch, how, p, func(c *keystore.Ceremony) error {
			branch, err = c.AcceptState(ctx, steps)
			return err
		})
	})
	return branch, err
}

// spare is how many succession keys stay when as many as were asked for have been taken.
const spare = 256

// Short tells how many succession keys are in stock, when they are fewer than the identities asked for need: Stock makes the rest.
func (s *Session) Short(ctx context.Context, n NewIdentities) (left int, short bool, err error) {
	if n.Method != MethodPeer {
		return 0, false, nil
	}
	left, err = value(ctx, s, func(ctx context.Context, v *keystore.Vault) (int, error) {
		st, err := v.Status(ctx)
		return st.PoolLeft, err
	})
	return left, left < n.Count, err
}

// Stock makes in a ceremony the succession keys that the identities asked for need, and some to spare.
func (s *Session) Stock(ctx context.Context, n NewIdentities, how Ceremony, p Prompts, progress func(made int)) error {
	return s.FillPool(ctx, n.Count+spare, how, p, progress)
}

// FillPool makes succession keys in a ceremony until n are there, for as many new relationships.
func (s *Session) FillPool(ctx context.Context, n int, how Ceremony, p Prompts, progress func(made int)) error {
	return s.do(ctx, func(ctx context.Context, v *keystore.Vault) error {
		return s.ceremony(ctx, v, journal.ActMakeSuccession, how, p, func(c *keystore.Ceremony) error {
			return c.FillPool(ctx, n, progress)
		})
	})
}
