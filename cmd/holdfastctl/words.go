package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"holdfast/app"
)

const wordCount = 24

func (c *ctl) wordsCommand() *cobra.Command {
	var master string
	to, from := -1, -1
	cmd := &cobra.Command{
		Use: "words", Short: "Show the 24 recovery words, in a ceremony, and ask some back",
		Long: `Show the 24 words from which every key of this vault can be computed, in a ceremony, and ask some of them back. The words are stored
nowhere; write them on paper. They are shown on the terminal, never on stdout. For a program that prints or engraves them, --words-to-fd
writes 'N word' lines to a descriptor, and --words-fd reads such lines for the words that are asked back (or all 24 words in order).

The words rebuild keys. Labels, relationships and history come back from a backup only: "done" needs both.`,
		Example: "  holdfastctl words",
		Args:    exactly(0),
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			screen, done, err := c.wordsScreen(ctx, to, from)
			if err != nil {
				return nil, err
			}
			defer done()
			err = c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				return s.ShowWords(ctx, screen, c.confirmedBy(master), c.prompts())
			})
			if err != nil {
				return nil, err
			}
			return wordsConfirmed{Confirmed: true}, nil
		}),
	}
	cmd.Flags().IntVar(&to, "words-to-fd", to, "write the words to descriptor `N` instead of the terminal")
	cmd.Flags().IntVar(&from, "words-fd", from, "read the words that are asked back from descriptor `N`: lines such as '7 abandon', or all 24 words in order")
	c.ceremonyFlags(cmd, &master)
	return cmd
}

type wordsConfirmed struct {
	Confirmed bool `json:"confirmed"`
}

func (wordsConfirmed) text(p *page) {
	p.line("The words are confirmed. Keep them where you keep your passport, and away from the tokens.")
}

// wordsScreen says where the words are shown and asked back: on descriptors where they are named, else on the terminal.
func (c *ctl) wordsScreen(ctx context.Context, to, from int) (w app.Words, done func(), err error) {
	done = func() {}
	if (to < 0) != (from < 0) {
		return w, done, usagef("--words-to-fd and --words-fd go together")
	}
	if to < 0 {
		t, err := c.env.tty()
		if err != nil {
			return w, done, err
		}
		w.Show = func(words [][]byte) error { return t.words(ctx, words) }
		w.Ask = func(ctx context.Context, n int) (*app.Secret, error) {
			return t.hidden(ctx, fmt.Sprintf("Word %d: ", n), maxSecret)
		}
		return w, func() { c.let(t) }, nil
	}
	if to <= 2 {
		return w, done, usagef("--words-to-fd %d: the words never go to stdin, stdout or stderr", to)
	}
	out, err := c.descriptor(to)
	if err != nil {
		return w, done, err
	}
	in, err := c.descriptor(from)
	if err != nil {
		return w, done, err
	}
	answers := newWordLines(in)
	w.Show = func(words [][]byte) error { return writeWords(out, words) }
	w.Ask = func(ctx context.Context, n int) (*app.Secret, error) {
		return answers.take(ctx, strconv.Itoa(n), app.ErrNoWords)
	}
	return w, answers.destroy, nil
}

func positions() []string {
	var list []string
	for n := range wordCount {
		list = append(list, strconv.Itoa(n+1))
	}
	return list
}

// writeWords writes "N word" lines and closes the descriptor, so that its reader sees the end.
func writeWords(out *os.File, words [][]byte) error {
	var b bytes.Buffer
	b.Grow(512) // so that it never grows and leaves a copy behind
	defer func() { clear(b.Bytes()[:b.Cap()]) }()
	for i, w := range words {
		fmt.Fprintf(&b, "%d ", i+1)
		b.Write(w)
		b.WriteByte('\n')
	}
	_, err := out.Write(b.Bytes())
	return errors.Join(err, out.Close())
}
