package main

import (
	"bytes"
	"errors"
	"io"
)

// commandLines reads the lines of a shell. It reads only while one is awaited: stdin is most often the terminal on which PINs are typed too, and
// whoever reads it while a prompt is up takes the PIN. What was read is wiped, since a person may type a PIN where a command is awaited.
type commandLines struct {
	from   io.Reader
	wanted chan struct{}
	lines  chan commandLine
	asked  bool // one is awaited already

	held []byte // what was read beyond the line, of a file or a pipe: a terminal gives one line at a time
}

type commandLine struct {
	text []byte // without its end; whoever takes it wipes it
	err  error  // io.EOF after the last line
}

// readCommands starts to read lines, each when it is asked for. Ending it is left to the end of the process: reading stdin cannot be cancelled.
func readCommands(from io.Reader) *commandLines {
	l := &commandLines{from: from, wanted: make(chan struct{}, 1), lines: make(chan commandLine, 1)}
	go func() {
		for range l.wanted {
			text, err := l.next()
			l.lines <- commandLine{text, err}
			if err != nil {
				return
			}
		}
	}()
	return l
}

// await asks for a line, unless one is awaited already, and gives where it arrives. Whoever takes it says so with taken.
func (l *commandLines) await() <-chan commandLine {
	if !l.asked {
		l.asked = true
		l.wanted <- struct{}{}
	}
	return l.lines
}

func (l *commandLines) taken() { l.asked = false }

// next reads one line; io.EOF when there is none.
func (l *commandLines) next() ([]byte, error) {
	for {
		if at := bytes.IndexByte(l.held, '\n'); at >= 0 {
			line := bytes.Clone(l.held[:at])
			l.drop(at + 1)
			return line, nil
		}
		if len(l.held) > maxInput {
			return nil, usagef("the line is longer than %d bytes", maxInput)
		}
		err := l.more()
		if errors.Is(err, io.EOF) && len(l.held) > 0 {
			line := bytes.Clone(l.held)
			l.drop(len(l.held))
			return line, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// drop forgets the first n bytes held, and wipes where they stood.
func (l *commandLines) drop(n int) {
	left := copy(l.held, l.held[n:])
	clear(l.held[left:])
	l.held = l.held[:left]
}

// more reads what is there.
func (l *commandLines) more() error {
	const atOnce = 4096 // the longest line of a terminal
	if cap(l.held)-len(l.held) < atOnce {
		grown := make([]byte, len(l.held), 2*cap(l.held)+atOnce)
		copy(grown, l.held)
		clear(l.held)
		l.held = grown
	}
	n, err := l.from.Read(l.held[len(l.held) : len(l.held)+atOnce])
	l.held = l.held[:len(l.held)+n]
	if n > 0 {
		return nil // an error comes again
	}
	return err
}
