// Package pcsc binds the few calls of the PC/SC API (winscard.h; PC/SC Workgroup part 5) that the smart-card side of a
// token needs and that piv-go lacks: waiting for changes, raw commands, and a disconnect that resets the card.
package pcsc

/*
#cgo pkg-config: libpcsclite
#include <stdlib.h>
#include <winscard.h>
#include <reader.h>

// A macro with the address of a variable is out of Go's sight.
static const SCARD_IO_REQUEST *pci(DWORD protocol) {
	return protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
}
*/
import "C"

import (
	"bytes"
	"context"
	"fmt"
	"time"
	"unsafe"

	"holdfast/token"
)

// errorFrom turns a return value into a token.Error; nil for success.
func errorFrom(call string, rc C.LONG) error {
	if rc == C.SCARD_S_SUCCESS {
		return nil
	}
	return Error(call, uint32(rc)) // LONG is 64 bits here and holds 32
}

// Error makes the token.Error of a PC/SC number, naming call and number.
func Error(call string, number uint32) *token.Error {
	e := token.NewError(token.FromSCARD(number), token.PIV, call+": "+Name(number))
	e.Number = int64(number)
	return e
}

// Context is a connection to the smart-card service. One goroutine uses it at a time, except for the cancelling that
// Wait does itself.
type Context struct{ handle C.SCARDCONTEXT }

// Establish connects to the smart-card service; Code NoService when it does not run. The caller closes the Context.
func Establish() (*Context, error) {
	var c Context
	rc := C.SCardEstablishContext(C.SCARD_SCOPE_SYSTEM, nil, nil, &c.handle)
	if err := errorFrom("SCardEstablishContext", rc); err != nil {
		return nil, err
	}
	return &c, nil
}

// Close ends the connection, and with it every card still connected through it.
func (c *Context) Close() error {
	return errorFrom("SCardReleaseContext", C.SCardReleaseContext(c.handle))
}

// Readers lists the names of the readers that are attached, with or without a card.
func (c *Context) Readers() ([]string, error) {
	for {
		var size C.DWORD
		rc := C.SCardListReaders(c.handle, nil, nil, &size)
		if uint32(rc) == noReaders {
			return nil, nil
		}
		if err := errorFrom("SCardListReaders", rc); err != nil {
			return nil, err
		}
		if size == 0 {
			return nil, nil
		}
		names := make([]byte, size)
		rc = C.SCardListReaders(c.handle, nil, (*C.char)(unsafe.Pointer(&names[0])), &size)
		switch uint32(rc) {
		case noReaders:
			return nil, nil
		case bufferTooSmall: // one came between the two calls
			continue
		}
		if err := errorFrom("SCardListReaders", rc); err != nil {
			return nil, err
		}
		return splitNames(names[:size]), nil
	}
}

// splitNames reads a multi-string: names ended by zeros.
func splitNames(multi []byte) []string {
	var names []string
	for _, name := range bytes.Split(multi, []byte{0}) {
		if len(name) > 0 {
			names = append(names, string(name))
		}
	}
	return names
}

// The bits of ReaderState that matter here (SCARD_STATE_*); the upper 16 bits count insertions and removals.
const (
	StateUnaware = uint32(C.SCARD_STATE_UNAWARE)
	StateChanged = uint32(C.SCARD_STATE_CHANGED)
	StatePresent = uint32(C.SCARD_STATE_PRESENT)
	StateUnknown = uint32(C.SCARD_STATE_UNKNOWN)
	StateMute    = uint32(C.SCARD_STATE_MUTE)
)

// PlugAndPlay is the name of the pretended reader whose state changes when readers come and go.
const PlugAndPlay = `\\?PnP?\Notification`

// ReaderState is what is known of one reader.
type ReaderState struct {
	Reader  string
	Current uint32 // given: the state known, StateUnaware to be told at once
	Event   uint32 // told: the state now
}

// Wait returns when the state of a reader differs from its Current, with Event filled in, when limit has passed (nil), or when
// ctx ends (its error).
func (c *Context) Wait(ctx context.Context, states []ReaderState, limit time.Duration) error {
	if len(states) == 0 {
		return token.NewError(token.BadRequest, token.PIV, "no reader to wait for")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	list, free := newStateList(states)
	defer free()
	stop := c.cancelWith(ctx)
	rc := C.SCardGetStatusChange(c.handle, C.DWORD(limit.Milliseconds()), &list[0], C.DWORD(len(list)))
	stop()
	if err := ctx.Err(); err != nil {
		return err
	}
	switch uint32(rc) {
	case timedOut:
		return nil
	case 0:
		for i := range states {
			states[i].Event = uint32(list[i].dwEventState)
		}
		return nil
	default:
		return errorFrom("SCardGetStatusChange", rc)
	}
}

// newStateList copies states into C memory, where pointers to names may stand.
func newStateList(states []ReaderState) ([]C.SCARD_READERSTATE, func()) {
	size := C.size_t(unsafe.Sizeof(C.SCARD_READERSTATE{}))
	memory := (*C.SCARD_READERSTATE)(C.calloc(C.size_t(len(states)), size))
	list := unsafe.Slice(memory, len(states))
	for i, s := range states {
		list[i].szReader = C.CString(s.Reader)
		list[i].dwCurrentState = C.DWORD(s.Current)
	}
	return list, func() {
		for i := range list {
			C.free(unsafe.Pointer(list[i].szReader))
		}
		C.free(unsafe.Pointer(memory))
	}
}

// cancelWith cancels the blocking call of this context once ctx ends, until the stop it returns is called. SCardCancel does
// nothing when it comes before the call blocks, so it is repeated.
func (c *Context) cancelWith(ctx context.Context) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		again := time.NewTicker(10 * time.Millisecond)
		defer again.Stop()
		for {
			C.SCardCancel(c.handle)
			select {
			case <-done:
				return
			case <-again.C:
			}
		}
	}()
	return func() { close(done); <-ended }
}

// Card is an exclusive connection to the card in a reader.
type Card struct {
	handle   C.SCARDHANDLE
	protocol C.DWORD
}

// Connect connects to the card in a reader; no other program can while it lasts. Code Busy when another program is
// connected, Removed when there is no card or no such reader. The caller closes the Card.
func (c *Context) Connect(reader string) (*Card, error) {
	name := C.CString(reader)
	defer C.free(unsafe.Pointer(name))
	var card Card
	rc := C.SCardConnect(c.handle, name, C.SCARD_SHARE_EXCLUSIVE, C.SCARD_PROTOCOL_T0|C.SCARD_PROTOCOL_T1, &card.handle, &card.protocol)
	if err := errorFrom("SCardConnect", rc); err != nil {
		return nil, err
	}
	return &card, nil
}

// Transmit sends a command APDU and returns the response APDU with its two bytes of status word.
func (c *Card) Transmit(command []byte) ([]byte, error) {
	if len(command) < 4 {
		return nil, token.NewError(token.BadRequest, token.PIV, fmt.Sprintf("a command of %d bytes", len(command)))
	}
	response := make([]byte, C.MAX_BUFFER_SIZE_EXTENDED)
	size := C.DWORD(len(response))
	rc := C.SCardTransmit(c.handle, C.pci(c.protocol), (*C.BYTE)(&command[0]), C.DWORD(len(command)), nil, (*C.BYTE)(&response[0]), &size)
	if err := errorFrom("SCardTransmit", rc); err != nil {
		return nil, err
	}
	if size < 2 {
		// Not even a status word: the driver lost the card in the middle.
		return nil, token.NewError(token.Removed, token.PIV, fmt.Sprintf("a response of %d bytes", size))
	}
	return response[:size], nil
}

// ChannelID tells how the reader is attached (SCARD_ATTR_CHANNEL_ID): 0x0020BBDD for a reader on the USB, with bus and
// device number. 0 when the driver does not say.
func (c *Card) ChannelID() uint32 {
	var value [8]byte
	size := C.DWORD(len(value))
	rc := C.SCardGetAttrib(c.handle, C.SCARD_ATTR_CHANNEL_ID, (*C.BYTE)(&value[0]), &size)
	if rc != C.SCARD_S_SUCCESS || size < 4 {
		return 0
	}
	return *(*uint32)(unsafe.Pointer(&value[0])) // a DWORD of this machine
}

// Close resets the card and disconnects, so that no verified PIN stays behind. A card that was removed or reset meanwhile is
// as good as reset.
func (c *Card) Close() error {
	err := errorFrom("SCardDisconnect", C.SCardDisconnect(c.handle, C.SCARD_RESET_CARD))
	switch token.CodeOf(err) {
	case token.Removed, token.Reset:
		return nil
	default:
		return err
	}
}
