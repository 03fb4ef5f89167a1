package fido2

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/token"
)

// CTAPHID (CTAP 2.1 section 11.2): frames of 64 bytes, written with a leading report number 0.
const (
	frameSize        = 64
	broadcastChannel = 0xffffffff
	initNonce        = 8

	cmdInit       = 0x86
	cmdCBOR       = 0x90
	cmdKeepalive  = 0xbb
	cmdError      = 0xbf
	cmdReadConfig = 0xc2 // a YubiKey's own: serial number, form factor, version

	firstPayload = frameSize - 7
	nextPayload  = frameSize - 5
	maxMessage   = firstPayload + 128*nextPayload
)

// answerLimit is how long a token may think about a question that needs no person. libfido2 waits for ever.
const answerLimit = 2 * time.Second

// channel is a CTAPHID channel to a device, for questions that need no person: libfido2 holds a device for itself and cannot
// send a vendor's command.
type channel struct {
	device *os.File
	id     uint32
	first  initReply
}

// initReply is what a device says of itself when a channel is opened.
type initReply struct {
	version      token.Version
	capabilities byte
}

// capCBOR: the device speaks CTAP2.
const capCBOR = 0x04

// openChannel opens the device for this program alone and a channel on it. Code Busy while another program (or libfido2) holds it, Removed
// when it is not there, NotPermitted, Frozen. The caller closes the channel.
func openChannel(ctx context.Context, path string) (*channel, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, openError(path, err)
	}
	// The lock libfido2 takes: two programs that read one device would steal each other's frames.
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(openError(path, err), unix.Close(fd))
	}
	c := &channel{device: os.NewFile(uintptr(fd), path), id: broadcastChannel}
	if err := c.open(ctx); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func openError(path string, err error) error {
	code := token.ServiceFailed
	switch {
	case errors.Is(err, unix.EWOULDBLOCK), errors.Is(err, unix.EBUSY):
		code = token.Busy
	case errors.Is(err, fs.ErrPermission):
		code = token.NotPermitted
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, unix.EIO):
		code = token.Removed
	}
	return token.NewError(code, token.FIDO2, fmt.Sprintf("opening %s: %v", path, err))
}

func (c *channel) close() error {
	if raw, err := c.device.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = unix.Flock(int(fd), unix.LOCK_UN) }) // a process that is just being started would keep it; closing drops it otherwise
	}
	if err := c.device.Close(); err != nil {
		return token.NewError(token.ServiceFailed, token.FIDO2, err.Error())
	}
	return nil
}

// open asks for a channel on the broadcast channel.
func (c *channel) open(ctx context.Context) error {
	nonce := make([]byte, initNonce)
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	reply, err := c.ask(ctx, cmdInit, nonce, func(reply []byte) bool {
		return len(reply) >= initNonce && string(reply[:initNonce]) == string(nonce) // others may be opening theirs
	})
	if err != nil {
		return err
	}
	if len(reply) < 17 {
		return token.NewError(token.Malformed, token.FIDO2, fmt.Sprintf("an INIT reply of %d bytes", len(reply)))
	}
	c.id = binary.BigEndian.Uint32(reply[8:12])
	c.first = initReply{
		version:      token.Version{Major: int(reply[13]), Minor: int(reply[14]), Patch: int(reply[15])},
		capabilities: reply[16],
	}
	return nil
}

// call sends one message and returns the answer of the same command.
func (c *channel) call(ctx context.Context, cmd byte, message []byte) ([]byte, error) {
	return c.ask(ctx, cmd, message, func([]byte) bool { return true })
}

func (c *channel) ask(ctx context.Context, cmd byte, message []byte, mine func([]byte) bool) ([]byte, error) {
	deadline := time.Now().Add(answerLimit)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := c.device.SetDeadline(deadline); err != nil {
		return nil, token.NewError(token.ServiceFailed, token.FIDO2, err.Error())
	}
	// A context that ends makes the waiting read return at once.
	stop := context.AfterFunc(ctx, func() { _ = c.device.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	reply, err := c.exchange(cmd, message, mine)
	if err == nil || ctx.Err() == nil {
		return reply, err
	}
	return nil, ctx.Err()
}

func (c *channel) exchange(cmd byte, message []byte, mine func([]byte) bool) ([]byte, error) {
	if err := c.send(cmd, message); err != nil {
		return nil, err
	}
	for {
		got, reply, err := c.receive()
		switch {
		case err != nil:
			return nil, err
		case got == cmdKeepalive:
		case got == cmdError && len(reply) == 1:
			e := token.NewError(token.FromCTAPHID(reply[0]), token.FIDO2, fmt.Sprintf("CTAPHID command %02x", cmd))
			e.Number = int64(reply[0])
			return nil, e
		case got == cmd && mine(reply):
			return reply, nil
		}
	}
}

// send cuts a message into frames.
func (c *channel) send(cmd byte, message []byte) error {
	if len(message) > maxMessage {
		return token.NewError(token.BadRequest, token.FIDO2, fmt.Sprintf("a message of %d bytes", len(message)))
	}
	head := binary.BigEndian.AppendUint16([]byte{cmd}, uint16(len(message))) //nolint:gosec // at most maxMessage
	room := firstPayload
	for seq := byte(0); ; seq++ {
		frame := make([]byte, 1+frameSize) // byte 0 is the report number
		binary.BigEndian.PutUint32(frame[1:], c.id)
		copy(frame[5:], head)
		n := copy(frame[5+len(head):5+len(head)+room], message)
		if _, err := c.device.Write(frame); err != nil {
			return ioError("writing", err)
		}
		if message = message[n:]; len(message) == 0 {
			return nil
		}
		head, room = []byte{seq}, nextPayload
	}
}

// receive collects the frames of one message on this channel.
func (c *channel) receive() (cmd byte, message []byte, err error) {
	frame, err := c.frame(true)
	if err != nil {
		return 0, nil, err
	}
	cmd = frame[4]
	size := int(binary.BigEndian.Uint16(frame[5:7]))
	if size > maxMessage {
		return 0, nil, token.NewError(token.Malformed, token.FIDO2, fmt.Sprintf("a message of %d bytes", size))
	}
	message = append(message, frame[7:]...)
	for seq := byte(0); len(message) < size; seq++ {
		if frame, err = c.frame(false); err != nil {
			return 0, nil, err
		}
		if frame[4] != seq {
			return 0, nil, token.NewError(token.Malformed, token.FIDO2, fmt.Sprintf("frame %d in the place of frame %d", frame[4], seq))
		}
		message = append(message, frame[5:]...)
	}
	return cmd, message[:size], nil
}

// frame reads the next frame of this channel; first frames have the top bit of the command set, those that continue have not.
func (c *channel) frame(first bool) ([]byte, error) {
	for {
		frame := make([]byte, frameSize)
		n, err := c.device.Read(frame)
		if err != nil {
			return nil, ioError("reading", err)
		}
		if n != frameSize {
			return nil, token.NewError(token.Malformed, token.FIDO2, fmt.Sprintf("a frame of %d bytes", n))
		}
		if binary.BigEndian.Uint32(frame) == c.id && first == (frame[4]&0x80 != 0) {
			return frame, nil
		}
	}
}

func ioError(doing string, err error) error {
	code := token.Removed
	if errors.Is(err, os.ErrDeadlineExceeded) {
		code = token.Frozen
	}
	return token.NewError(code, token.FIDO2, doing+": "+err.Error())
}
