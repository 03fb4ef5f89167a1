package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	"holdfast/app"
	"holdfast/internal/secret"
)

const (
	maxKey    = 16  // bytes of the longest key in front of a secret
	maxSecret = 256 // bytes of the longest secret on a line: 24 words and their spaces are 215
	maxWaits  = 32  // secrets that may wait for their prompt at once
)

// keyedLines reads "KEY SECRET" lines from a descriptor, each line for one prompt and no more. The key keeps an answer from reaching the wrong
// prompt; lines whose key is asked for later wait. Every secret goes byte by byte into locked memory, and no line is ever quoted.
type keyedLines struct {
	from io.Reader
	keys []string
	bare bool // words in order need no key: their positions are their keys

	start sync.Once
	lines chan keyedLine

	mu      sync.Mutex
	waiting map[string][]*secret.Bytes // guarded by mu
	held    int                        // guarded by mu
}

type keyedLine struct {
	key    string
	secret *secret.Bytes
	err    error // io.EOF after the last line
}

// newKeyedLines reads lines from r that begin with one of keys.
func newKeyedLines(r io.Reader, keys []string) *keyedLines {
	return &keyedLines{from: r, keys: keys, waiting: map[string][]*secret.Bytes{}, lines: make(chan keyedLine)}
}

// newWordLines reads "7 abandon" lines in any order, or all words in order without numbers.
func newWordLines(r io.Reader) *keyedLines {
	k := newKeyedLines(&peeked{from: r}, positions())
	k.bare = true
	return k
}

// take gives the next secret for key; missing when there is none. The caller destroys it.
func (k *keyedLines) take(ctx context.Context, key string, missing error) (*secret.Bytes, error) {
	k.start.Do(func() { go k.read() })
	for {
		if s := k.waited(key); s != nil {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case line, open := <-k.lines:
			switch {
			case !open || errors.Is(line.err, io.EOF):
				return nil, missing
			case line.err != nil:
				return nil, line.err
			case line.key == key:
				return line.secret, nil
			}
			if err := k.wait(line); err != nil {
				return nil, err
			}
		}
	}
}

func (k *keyedLines) waited(key string) *secret.Bytes {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := k.waiting[key]
	if len(list) == 0 {
		return nil
	}
	k.waiting[key] = list[1:]
	k.held--
	return list[0]
}

func (k *keyedLines) wait(line keyedLine) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held == maxWaits {
		line.secret.Destroy()
		return fmt.Errorf("%w: more than %d lines wait for other prompts", app.ErrBadLine, maxWaits)
	}
	k.waiting[line.key] = append(k.waiting[line.key], line.secret)
	k.held++
	return nil
}

// destroy wipes what still waits.
func (k *keyedLines) destroy() {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for key, list := range k.waiting {
		for _, s := range list {
			s.Destroy()
		}
		delete(k.waiting, key)
	}
}

// read sends the lines one by one; it waits for a prompt before it reads on.
func (k *keyedLines) read() {
	defer close(k.lines)
	for n := 1; ; n++ {
		line := k.next(n)
		k.lines <- line
		if line.err != nil {
			return
		}
	}
}

// next reads one line; empty lines are passed over.
func (k *keyedLines) next(number int) keyedLine {
	if k.bare && k.inOrder() {
		word, err := readWord(k.from)
		if err != nil {
			return keyedLine{err: err}
		}
		return keyedLine{key: strconv.Itoa(number), secret: word}
	}
	key, err := k.key()
	if errors.Is(err, io.EOF) {
		return keyedLine{err: io.EOF}
	}
	if err == nil {
		var s *secret.Bytes
		if s, err = readSecret(k.from, maxSecret); err == nil {
			return keyedLine{key: key, secret: s}
		}
	}
	return keyedLine{err: fmt.Errorf("line %d: %w", number, err)}
}

// inOrder reports whether words stand without numbers, by the first character of all.
func (k *keyedLines) inOrder() bool {
	p, ok := k.from.(*peeked)
	if !ok {
		return false
	}
	return !p.digit()
}

// peeked is a reader whose very first byte can be looked at before it is read.
type peeked struct {
	from   io.Reader
	first  [1]byte
	err    error // of reading the first byte
	looked bool
	number bool // the first byte is a digit
	taken  bool // the first byte has been read
}

// digit reports whether the first byte is a digit.
func (p *peeked) digit() bool {
	if !p.looked {
		p.first[0], p.err = readByte(p.from)
		p.looked, p.number = true, p.first[0] >= '0' && p.first[0] <= '9'
	}
	return p.number
}

// Read implements io.Reader.
func (p *peeked) Read(b []byte) (int, error) {
	if !p.looked || p.taken || len(b) == 0 {
		return p.from.Read(b)
	}
	p.taken = true
	if p.err != nil {
		return 0, p.err
	}
	b[0] = p.first[0]
	clear(p.first[:])
	return 1, nil
}

// key reads up to the first space of a line; io.EOF when there is no further line.
func (k *keyedLines) key() (string, error) {
	var room [maxKey]byte
	defer clear(room[:])
	n := 0
	for {
		c, err := readByte(k.from)
		switch {
		case errors.Is(err, io.EOF) && n > 0:
			return "", errNoKey
		case err != nil:
			return "", err
		case n == 0 && (c == '\n' || c == '\r'):
			continue
		case c == ' ':
			return k.known(room[:n])
		case c == '\n' || n == maxKey:
			return "", errNoKey
		}
		room[n] = c
		n++
	}
}

var errNoKey = fmt.Errorf("%w: it has no key that is known, with a space and a secret behind it", app.ErrBadLine)

// known gives the key that got is; it never makes a string of what was read, which may be a secret that stands in the wrong place.
func (k *keyedLines) known(got []byte) (string, error) {
	for _, key := range k.keys {
		if bytes.Equal(got, []byte(key)) {
			return key, nil
		}
	}
	return "", errNoKey
}

// readSecret reads up to the end of the line, or of r, into locked memory. A carriage return before the end does not belong to it.
func readSecret(r io.Reader, most int) (*secret.Bytes, error) {
	typed, err := secret.NewTyped(most)
	if err != nil {
		return nil, err
	}
	defer typed.Wipe()
	returned := false
	for {
		c, err := readByte(r)
		if errors.Is(err, io.EOF) || err == nil && c == '\n' {
			break
		}
		if err != nil {
			return nil, err
		}
		if returned {
			if err := typed.Push('\r'); err != nil {
				return nil, fmt.Errorf("%w: %w", app.ErrBadLine, err)
			}
		}
		if returned = c == '\r'; returned {
			continue
		}
		if err := typed.Push(c); err != nil {
			return nil, fmt.Errorf("%w: %w", app.ErrBadLine, err)
		}
	}
	if typed.Len() == 0 {
		return nil, fmt.Errorf("%w: nothing stands behind the key", app.ErrBadLine)
	}
	return typed.Take()
}

// readByte reads one byte straight from r, which must not buffer: whatever a buffer holds back is a copy that nobody wipes.
func readByte(r io.Reader) (byte, error) {
	var one [1]byte
	defer clear(one[:])
	for range 100 {
		n, err := r.Read(one[:])
		if n == 1 {
			return one[0], nil
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}
