package vpcd

import (
	"io"
	"net"

	"golang.org/x/sys/unix"
)

// promptly wraps a connection so that the kernel acknowledges at once what
// arrives. The driver sends length and message apart and waits for the
// acknowledgement in between, which the kernel otherwise holds back for 40 ms:
// that would make every APDU ten times slower than on a real key. The kernel
// forgets the wish after a while, so it is repeated before each read.
func promptly(conn net.Conn) io.ReadWriter {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn
	}
	return promptConn{tcp}
}

type promptConn struct{ *net.TCPConn }

func (c promptConn) Read(p []byte) (int, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var set error
	err = raw.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1) // #nosec G115 -- a descriptor fits
	})
	if err != nil {
		return 0, err
	}
	if set != nil {
		return 0, set
	}
	return c.TCPConn.Read(p)
}
