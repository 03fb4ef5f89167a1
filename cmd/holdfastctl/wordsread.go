package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"holdfast/app"
	"holdfast/internal/secret"
)

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

// readWords reads words up to the end of r, whatever white space stands between them. Each may stand behind its number, as writeWords writes them.
func readWords(r io.Reader) (*secret.Bytes, error) {
	typed, err := secret.NewTyped(maxSecret)
	if err != nil {
		return nil, err
	}
	defer typed.Wipe()
	sentence, numbers := &spaced{typed: typed}, numbering{}
	for {
		ch, err := readByte(r)
		if errors.Is(err, io.EOF) {
			break
		}
		keep := false
		if err == nil {
			keep, err = numbers.keep(ch)
		}
		if err == nil && keep {
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

// numbering takes the numbers out of "7 abandon" or "7. abandon" lines, and holds them to the order of the words.
type numbering struct {
	word   bool // within a word
	digits bool // within a number
	number int
	count  int // words so far
}

// keep reports whether a character belongs to the words.
func (n *numbering) keep(c byte) (bool, error) {
	switch {
	case c == ' ' || c == '\n' || c == '\r' || c == '\t':
		if n.digits && n.number != n.count+1 {
			return false, fmt.Errorf("%w: the numbers do not count the words in order", app.ErrBadLine)
		}
		n.word, n.digits, n.number = false, false, 0
	case n.word:
	case c >= '0' && c <= '9' && n.number < 100:
		n.digits, n.number = true, 10*n.number+int(c-'0')
		return false, nil
	case c == '.' && n.digits:
		return false, nil
	default:
		n.word = true
		n.count++
	}
	return true, nil
}

// readWord reads the next word into locked memory, in lower case.
func readWord(r io.Reader) (*secret.Bytes, error) {
	typed, err := secret.NewTyped(maxSecret)
	if err != nil {
		return nil, err
	}
	defer typed.Wipe()
	word := &spaced{typed: typed}
	for {
		c, err := readByte(r)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		blank := c == ' ' || c == '\n' || c == '\r' || c == '\t'
		switch {
		case err != nil && typed.Len() == 0:
			return nil, app.ErrNoWords
		case err != nil || blank && typed.Len() > 0:
			return typed.Take()
		case blank:
			continue
		}
		if err := word.push(c); err != nil {
			return nil, err
		}
	}
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
