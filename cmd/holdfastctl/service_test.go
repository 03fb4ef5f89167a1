package main

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
)

// service stands between a program and pcscd and speaks pcsc-lite's protocol (winscard_msg.h, version 4.4) as far as it must: it passes
// everything on, but for key agreements that it answers itself with a number, as the service would when reader or driver fail.
type service struct {
	path, behind string

	mu     sync.Mutex
	number uint32 // guarded by mu
	times  int    // how many key agreements are answered so; guarded by mu
}

// Commands and sizes of winscard_msg.h.
const (
	commandConnect  = 0x04
	commandTransmit = 0x09
	commandControl  = 0x0a
	sizeTransmit    = 32 // transmit_struct: hCard, two pairs of PCI, lengths, rv at the end
	insGeneralAuth  = 0x87

	sharingViolation = 0x8010000b
)

func newService(t *testing.T, path, behind string) *service {
	t.Helper()
	s := &service{path: path, behind: behind}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { s.serve(client) })
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		open.Wait()
	})
	return s
}

// answer makes the next key agreements end with a number, and says how many of those ordered before were not given.
func (s *service) answer(number uint32, times int) (left int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left, s.number, s.times = s.times, number, times
	return left
}

// take gives the number that a request is answered with; 0 to pass it on. Another program that holds the reader is met when the card is
// connected: libpcsclite repeats everything else until the other lets go.
func (s *service) take(message, transmit []byte) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	hit := len(transmit) > 1 && transmit[1] == insGeneralAuth
	if s.number == sharingViolation {
		hit = binary.LittleEndian.Uint32(message[4:]) == commandConnect
	}
	if !hit || s.times == 0 {
		return 0
	}
	s.times--
	return s.number
}

func (s *service) serve(client net.Conn) {
	server, err := (&net.Dialer{}).Dial("unix", s.behind)
	if err != nil {
		_ = client.Close()
		return
	}
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	defer func() { _, _ = client.Close(), server.Close() }()
	for {
		message, transmit, err := readMessage(client)
		if err != nil {
			return
		}
		out := io.Writer(server)
		if n := s.take(message, transmit); n != 0 {
			message = message[8 : len(message)-len(transmit)]
			if transmit != nil {
				binary.LittleEndian.PutUint32(message[24:], 0) // nothing was received
			}
			binary.LittleEndian.PutUint32(message[len(message)-4:], n) // rv comes last
			out = client
		}
		if _, err := out.Write(message); err != nil {
			return
		}
	}
}

// readMessage reads one request: a header with size and command, the structure, and what follows it. transmit is the APDU, if it is one.
func readMessage(r io.Reader) (message, transmit []byte, err error) {
	message = make([]byte, 8)
	if _, err := io.ReadFull(r, message); err != nil {
		return nil, nil, err
	}
	size, command := binary.LittleEndian.Uint32(message), binary.LittleEndian.Uint32(message[4:])
	if size > 1<<20 {
		return nil, nil, errors.New("a message of that size is none")
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, nil, err
	}
	message = append(message, body...)
	var more uint32
	switch {
	case command == commandTransmit && size == sizeTransmit:
		more = binary.LittleEndian.Uint32(body[12:])
	case command == commandControl && size >= 12:
		more = binary.LittleEndian.Uint32(body[8:])
	}
	if more > 1<<20 {
		return nil, nil, errors.New("an apdu of that size is none")
	}
	rest := make([]byte, more)
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, nil, err
	}
	if command == commandTransmit {
		transmit = rest
	}
	return append(message, rest...), transmit, nil
}
