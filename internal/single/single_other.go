//go:build !linux

package single

import (
	"errors"
	"net"
)

// supported is false where nobody has yet said how the account at the other end is known: the lock alone keeps one window.
const supported = false

func listenPrivately(string) (net.Listener, error) { return nil, errors.ErrUnsupported }

func sameAccount(net.Conn) bool { return false }
