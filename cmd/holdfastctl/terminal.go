package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"holdfast/app"
	"holdfast/internal/secret"
)

// terminal is where the person sits, whatever stdin and stdout are.
type terminal struct{ file *os.File }

// openTerminal opens the terminal that controls this process.
func openTerminal() (*terminal, error) {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", app.ErrNoTerminal, err)
	}
	return &terminal{file: f}, nil
}

// Close lets go of the terminal.
func (t *terminal) Close() error { return t.file.Close() }

// hidden asks for something without echo. What is typed goes byte by byte into locked memory; Ctrl-C cancels, Ctrl-U starts again.
func (t *terminal) hidden(ctx context.Context, prompt string, most int) (s *secret.Bytes, err error) {
	err = t.raw(ctx, func() error {
		if _, err := io.WriteString(t.file, app.Visible(prompt)); err != nil {
			return err
		}
		s, err = typeHidden(t.file, most)
		_, writeErr := io.WriteString(t.file, "\r\n")
		return errors.Join(err, writeErr)
	})
	if err != nil {
		s.Destroy()
		return nil, err
	}
	return s, nil
}

// line asks for something that may be seen: a yes.
func (t *terminal) line(ctx context.Context, prompt string) (string, error) {
	var b strings.Builder
	err := t.until(ctx, func() error {
		if _, err := io.WriteString(t.file, app.Visible(prompt)); err != nil {
			return err
		}
		for b.Len() < 1024 {
			switch c, err := readByte(t.file); {
			case errors.Is(err, io.EOF), err == nil && c == '\n':
				return nil
			case err != nil:
				return err
			default:
				b.WriteByte(c)
			}
		}
		return nil
	})
	return strings.TrimSpace(b.String()), err
}

// agreed asks a question whose only yes is the word.
func (t *terminal) agreed(ctx context.Context, question string) error {
	got, err := t.line(ctx, question+" Type yes to go on: ")
	if err != nil {
		return err
	}
	if !strings.EqualFold(got, "yes") {
		return app.ErrNoConsent
	}
	return nil
}

// words shows the recovery words until the person presses Enter, then takes them off the screen and out of its scroll-back.
func (t *terminal) words(ctx context.Context, words [][]byte) error {
	var b bytes.Buffer
	b.Grow(2048)
	defer func() { clear(b.Bytes()[:b.Cap()]) }()
	b.WriteString("\x1b[?1049h\x1b[2J\x1b[HWrite these 24 words on paper, in this order, and keep the paper where you keep your passport.\n")
	b.WriteString("Whoever reads them has every key of this vault. They are stored nowhere.\n\n")
	for i, w := range words {
		fmt.Fprintf(&b, "%4d. %-12s", i+1, w)
		if i%4 == 3 {
			b.WriteByte('\n')
		}
	}
	b.WriteString("\nPress Enter when all are written down: ")
	if _, err := t.file.Write(b.Bytes()); err != nil {
		return err
	}
	_, err := t.line(ctx, "")
	_, writeErr := io.WriteString(t.file, "\x1b[2J\x1b[3J\x1b[?1049l")
	return errors.Join(err, writeErr)
}

// raw runs fn with echo and line editing off.
func (t *terminal) raw(ctx context.Context, fn func() error) error {
	var state *term.State
	if err := t.control(func(fd int) (err error) {
		state, err = term.MakeRaw(fd)
		return err
	}); err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	err := t.until(ctx, fn)
	return errors.Join(err, t.control(func(fd int) error { return term.Restore(fd, state) }))
}

// control lends the descriptor without taking the file out of the poller, so that reading it can be cancelled.
func (t *terminal) control(fn func(fd int) error) error {
	conn, err := t.file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := conn.Control(func(fd uintptr) { inner = fn(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// until runs fn, whose reads end when ctx does.
func (t *terminal) until(ctx context.Context, fn func() error) error {
	if err := t.file.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	var late error
	stop := context.AfterFunc(ctx, func() { late = t.file.SetReadDeadline(time.Unix(1, 0)) })
	err := fn()
	if !stop() && ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), late)
	}
	return err
}

// The keys that matter while something is typed without echo.
const (
	keyCtrlC     = 3
	keyCtrlD     = 4
	keyBackspace = 8
	keyCtrlU     = 21
	keyDelete    = 127
)

// typeHidden reads what is typed up to Enter.
func typeHidden(r io.Reader, most int) (*secret.Bytes, error) {
	typed, err := secret.NewTyped(most)
	if err != nil {
		return nil, err
	}
	defer func() { typed.Wipe() }()
	for {
		c, err := readByte(r)
		if err != nil {
			return nil, err
		}
		switch c {
		case '\r', '\n':
			if typed.Len() == 0 {
				return nil, app.ErrNoConsent
			}
			return typed.Take()
		case keyCtrlC, keyCtrlD:
			return nil, context.Canceled
		case keyBackspace, keyDelete:
			typed.Backspace()
		case keyCtrlU:
			for typed.Len() > 0 {
				typed.Backspace()
			}
		default:
			if err := typed.Push(c); err != nil {
				return nil, fmt.Errorf("%w: %w", app.ErrPINLength, err)
			}
		}
	}
}
