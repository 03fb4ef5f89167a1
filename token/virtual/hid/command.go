package hid

import (
	"time"

	"holdfast/token/virtual/body"
)

// maxLock is the longest lock, in seconds (section 11.2.9.2.2).
const maxLock = 10

// wink would blink a light.
func (e *engine) wink(m message) error {
	if len(m.payload) != 0 {
		return e.fail(m.channel, errInvalidLength)
	}
	return e.send(m)
}

// takeLock keeps the key for one channel for some seconds, or gives it free.
func (e *engine) takeLock(m message) error {
	if len(m.payload) != 1 {
		return e.fail(m.channel, errInvalidLength)
	}
	if m.payload[0] > maxLock {
		return e.fail(m.channel, errInvalidParam)
	}
	e.lock = lock{channel: m.channel, until: time.Now().Add(time.Duration(m.payload[0]) * time.Second)}
	return e.send(message{m.channel, cmdLock, nil})
}

// lockedOut tells whether another channel has locked the key.
func (e *engine) lockedOut(channel uint32) bool {
	return e.lock.channel != channel && time.Now().Before(e.lock.until)
}

// readConfig answers the management configuration, of which there is page 0. The
// keys of other makers do not know the command.
func (e *engine) readConfig(m message) error {
	if !e.body.Make().Management.On(body.FIDO2) {
		return e.fail(m.channel, errInvalidCommand)
	}
	if len(m.payload) > 1 {
		return e.fail(m.channel, errInvalidLength)
	}
	if len(m.payload) == 1 && m.payload[0] != 0 {
		return e.fail(m.channel, errInvalidParam)
	}
	return e.send(message{m.channel, cmdReadConfig, e.body.Config(body.FIDO2)})
}
