package single

import (
	"context"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

const supported = true

// listenPrivately makes the socket for this account alone: the folder is already, and so is the socket from its first moment, since its mode is set
// before anybody can be accepted.
func listenPrivately(path string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil { //nolint:gosec // in the program's own state folder
		_ = l.Close() // the first error is the one that counts
		return nil, err
	}
	return l, nil
}

// sameAccount asks the kernel who is at the other end.
func sameAccount(c net.Conn) bool {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return false
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return false
	}
	same := false
	if err := raw.Control(func(fd uintptr) {
		who, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		same = err == nil && int64(who.Uid) == int64(os.Geteuid())
	}); err != nil {
		return false
	}
	return same
}
