package virtual

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"
)

// The control protocol: a client connects to the Unix socket and writes orders,
// one on a line, words parted by blanks. Each is answered by any number of lines
// that begin with "= ", and one that says "ok" or begins with "error: ". Orders
// of one connection are carried out one after the other. A client that closes
// its side, even for writing alone, takes an order under way back.

// Order carries out one order and returns the lines it answers.
type Order func(ctx context.Context, words []string) ([]string, error)

// longestSocket is the longest path that a Unix socket can have on Linux.
const longestSocket = 107

// ServeOrders listens on a Unix socket, which only this user can reach, until
// ctx ends. An old socket in its place is replaced. It calls listening once
// clients can connect: the file is there a little earlier.
func ServeOrders(ctx context.Context, path string, order Order, listening func()) error {
	if len(path) > longestSocket {
		return fmt.Errorf("control socket %q: the path has %d octets, at most %d can be had", path, len(path), longestSocket)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("control socket: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(err, listener.Close())
	}
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	listening()
	return acceptOrders(ctx, listener, order)
}

func acceptOrders(ctx context.Context, listener net.Listener, order Order) error {
	ctx, cancel := context.WithCancel(ctx)
	var clients sync.WaitGroup
	defer clients.Wait()
	defer cancel()
	for {
		conn, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("control socket: %w", err)
		}
		clients.Go(func() { serveClient(ctx, conn, order) })
	}
}

// serveClient carries out the orders of one client. A client that hangs up
// takes the order under way back.
func serveClient(ctx context.Context, conn net.Conn, order Order) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	lines := make(chan string)
	go func() {
		defer cancel()
		defer close(lines)
		in := bufio.NewScanner(conn)
		for in.Scan() {
			select {
			case lines <- in.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for line := range lines {
		answer, err := order(ctx, strings.Fields(line))
		if _, err := conn.Write(encodeAnswer(answer, err)); err != nil {
			return
		}
	}
}

func encodeAnswer(lines []string, err error) []byte {
	var b []byte
	for _, line := range lines {
		b = fmt.Appendf(b, "= %s\n", line)
	}
	if err != nil {
		return fmt.Appendf(b, "error: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return append(b, "ok\n"...)
}

// Ask sends one order to a control socket and returns the lines it answers.
func Ask(ctx context.Context, path string, words ...string) ([]string, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	lines, err := ask(conn, strings.Join(words, " "))
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if closed := conn.Close(); err == nil && closed != nil && !errors.Is(closed, net.ErrClosed) {
		err = closed
	}
	return lines, err
}

func ask(conn net.Conn, order string) ([]string, error) {
	if strings.ContainsAny(order, "\r\n") {
		return nil, fmt.Errorf("order %q has more than one line", order)
	}
	if _, err := fmt.Fprintln(conn, order); err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	var answer []string
	in := bufio.NewScanner(conn)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		line := in.Text()
		if data, ok := strings.CutPrefix(line, "= "); ok {
			answer = append(answer, data)
			continue
		}
		if line == "ok" {
			return answer, nil
		}
		return answer, errors.New(strings.TrimPrefix(line, "error: "))
	}
	return answer, errors.Join(errors.New("the control socket was closed before the answer"), in.Err())
}
