// Package hid carries CTAP messages over CTAPHID (CTAP 2.1 section 11.2), with
// a pseudo-terminal in the place of the USB device: libfido2 opens any path,
// and where that is no hidraw node it writes 65-byte reports (a leading report
// number of 0) and reads 64-byte ones.
package hid

import "encoding/binary"

// The sizes of CTAPHID (section 11.2.4).
const (
	frameSize    = 64
	initialSize  = frameSize - 7 // payload of an initialization packet
	continueSize = frameSize - 5 // payload of a continuation packet
	maxPayload   = initialSize + 128*continueSize
)

// frame is one packet.
type frame [frameSize]byte

// The commands of CTAPHID (section 11.2.9), without their top bit.
const (
	cmdPing       = 0x01
	cmdMsg        = 0x03
	cmdLock       = 0x04
	cmdInit       = 0x06
	cmdWink       = 0x08
	cmdCBOR       = 0x10
	cmdCancel     = 0x11
	cmdKeepalive  = 0x3b
	cmdError      = 0x3f
	cmdReadConfig = 0x42 // Yubico's vendor command CTAP_READ_CONFIG
)

// The error codes of CTAPHID_ERROR (section 11.2.9.1.6).
const (
	errInvalidCommand  = 0x01
	errInvalidParam    = 0x02
	errInvalidLength   = 0x03
	errInvalidSequence = 0x04
	errTimeout         = 0x05
	errChannelBusy     = 0x06
	errInvalidChannel  = 0x0b
)

// broadcast is the channel on which channels are asked for.
const broadcast = 0xffffffff

func (f *frame) channel() uint32 { return binary.BigEndian.Uint32(f[:4]) }

// initial tells an initialization packet from a continuation packet.
func (f *frame) initial() bool { return f[4]&0x80 != 0 }

// command, length and payload are those of an initialization packet.
func (f *frame) command() byte   { return f[4] & 0x7f }
func (f *frame) length() int     { return int(binary.BigEndian.Uint16(f[5:7])) }
func (f *frame) payload() []byte { return f[7:] }

// sequence and more are those of a continuation packet.
func (f *frame) sequence() byte { return f[4] }
func (f *frame) more() []byte   { return f[5:] }

// message is what one or several packets carry.
type message struct {
	channel uint32
	command byte
	payload []byte
}

// frames cuts a message into packets. Its payload is at most maxPayload bytes.
func (m message) frames() []frame {
	var first frame
	binary.BigEndian.PutUint32(first[:4], m.channel)
	first[4] = m.command | 0x80
	binary.BigEndian.PutUint16(first[5:7], uint16(len(m.payload))) // #nosec G115 -- at most 7609
	rest := m.payload[copy(first[7:], m.payload):]
	all := []frame{first}
	for sequence := byte(0); len(rest) > 0; sequence++ {
		var next frame
		binary.BigEndian.PutUint32(next[:4], m.channel)
		next[4] = sequence
		rest = rest[copy(next[5:], rest):]
		all = append(all, next)
	}
	return all
}

// assembly is a message that is being received.
type assembly struct {
	message
	want     int  // bytes of payload
	sequence byte // of the next packet
}

// begin starts with an initialization packet whose length was checked.
func begin(f *frame) *assembly {
	a := &assembly{want: f.length()}
	a.channel, a.command = f.channel(), f.command()
	a.take(f.payload())
	return a
}

// next takes a continuation packet. It gives false when the packet is out of order.
func (a *assembly) next(f *frame) bool {
	if f.sequence() != a.sequence {
		return false
	}
	a.sequence++
	a.take(f.more())
	return true
}

func (a *assembly) take(data []byte) {
	a.payload = append(a.payload, data[:min(len(data), a.want-len(a.payload))]...)
}

func (a *assembly) complete() bool { return len(a.payload) == a.want }
