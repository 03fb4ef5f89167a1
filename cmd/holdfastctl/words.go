package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"holdfast/app"
	"holdfast/internal/secret"
)

const wordCount = 24

func (c *ctl) wordsCommand() *cobra.Command {
	var master string
	to, from := -1, -1
	cmd := &cobra.Command{
		Use: "words", Short: "Show the 24 recovery words, in a ceremony, and ask some back",
		Long: `Show the 24 words from which every key of this vault can be computed, in a ceremony, and ask some of them back. The words are stored
nowhere; write them on paper. They are shown on the terminal, never on stdout. For a program that prints or engraves them, --words-to-fd
writes 'N word' lines to a descriptor, and --words-fd reads such lines for the words that are asked back.

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
	cmd.Flags().IntVar(&from, "words-fd", from, "read the words that are asked back from descriptor `N`: lines such as '7 abandon'")
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
	answers := newKeyedLines(in, positions())
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

// sentenceOf asks for the 24 words, from a descriptor up to its end or word by word on the terminal: lower case, one space between.
func (c *ctl) sentenceOf(ctx context.Context, from int) (*secret.Bytes, error) {
	if from >= 0 {
		in, err := c.descriptor(from)
		if err != nil {
			return nil, err
		}
		return readWords(in)
	}
	t, err := c.env.tty()
	if err != nil {
		return nil, err
	}
	defer c.let(t)
	c.screen.say(event{Event: "say", Text: "Type the 24 words, each followed by Enter; they are not shown."})
	return t.typeWords(ctx)
}

// typeWords takes the words one by one. Each goes from the keyboard into the sentence; no part of it is read back.
func (t *terminal) typeWords(ctx context.Context) (s *secret.Bytes, err error) {
	sentence := &spaced{}
	if sentence.typed, err = secret.NewTyped(maxSecret); err != nil {
		return nil, err
	}
	defer sentence.typed.Wipe()
	for n := range wordCount {
		err := t.raw(ctx, func() error {
			if _, err := fmt.Fprintf(t.file, "Word %d of %d: ", n+1, wordCount); err != nil {
				return err
			}
			err := sentence.word(t.file)
			_, writeErr := io.WriteString(t.file, "\r\n")
			return errors.Join(err, writeErr)
		})
		if err != nil {
			return nil, err
		}
	}
	return sentence.typed.Take()
}

// readWords reads words up to the end of r, whatever white space stands between them.
func readWords(r io.Reader) (*secret.Bytes, error) {
	typed, err := secret.NewTyped(maxSecret)
	if err != nil {
		return nil, err
	}
	defer typed.Wipe()
	sentence := &spaced{typed: typed}
	for {
		ch, err := readByte(r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = sentence.push(ch)
		}
		if err != nil {
			return nil, err
		}
	}
	if typed.Len() == 0 {
		return nil, app.ErrNoWords
	}
	return typed.Take()
}

// spaced puts words into locked memory with one space between, in lower case.
type spaced struct {
	typed *secret.Typed
	gap   bool // white space has been seen since the last letter
}

func (s *spaced) push(c byte) error {
	switch {
	case c == ' ' || c == '\n' || c == '\r' || c == '\t':
		s.gap = true
		return nil
	case c >= 'A' && c <= 'Z':
		c += 'a' - 'A'
	}
	if s.gap && s.typed.Len() > 0 {
		if err := s.typed.Push(' '); err != nil {
			return fmt.Errorf("%w: %w", app.ErrNoWords, err)
		}
	}
	s.gap = false
	if err := s.typed.Push(c); err != nil {
		return fmt.Errorf("%w: %w", app.ErrNoWords, err)
	}
	return nil
}

// word takes one word from a terminal up to Enter. Backspace takes back letters of this word only.
func (s *spaced) word(r io.Reader) error {
	letters := 0
	s.gap = true
	for {
		c, err := readByte(r)
		if err != nil {
			return err
		}
		switch c {
		case keyCtrlC, keyCtrlD:
			return context.Canceled
		case '\r', '\n', ' ':
			if letters > 0 {
				return nil
			}
		case keyBackspace, keyDelete:
			if letters > 0 {
				s.typed.Backspace()
				letters--
			}
			if letters == 0 && !s.gap {
				s.takeSpace()
			}
		default:
			if err := s.push(c); err != nil {
				return err
			}
			letters++
		}
	}
}

// takeSpace takes the space before a word that was taken back whole.
func (s *spaced) takeSpace() {
	if s.typed.Len() > 0 {
		s.typed.Backspace()
	}
	s.gap = true
}
