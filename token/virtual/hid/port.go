package hid

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// reportSize is what a program writes at once: report number 0 and a packet.
const reportSize = 1 + frameSize

// stuckAfter is how long a packet may wait for a reader.
const stuckAfter = time.Second

// port is a pseudo-terminal whose slave stands in for the USB device, with a
// symbolic link to it.
type port struct {
	master *os.File
	slave  int // held open, so that the terminal outlives its readers
	path   string
	link   string
	stuck  bool // nobody reads; packets are dropped until the next flush
}

// openPort makes a pseudo-terminal and the link to it. A link left by a process
// that died is replaced; anything else at that path is an error.
func openPort(link string) (*port, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("pseudo-terminal: %w", err)
	}
	p := &port{slave: -1, link: link}
	err = p.openSlave(fd)
	p.master = os.NewFile(uintptr(fd), "pseudo-terminal") // #nosec G115 -- a descriptor is not negative
	if err == nil {
		err = p.makeLink()
	}
	if err != nil {
		p.link = ""
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// openSlave unlocks the terminal's other end, holds it open and makes it raw.
func (p *port) openSlave(master int) error {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return fmt.Errorf("pseudo-terminal: unlock: %w", err)
	}
	n, err := unix.IoctlGetUint32(master, unix.TIOCGPTN)
	if err != nil {
		return fmt.Errorf("pseudo-terminal: number: %w", err)
	}
	p.path = fmt.Sprintf("/dev/pts/%d", n)
	if p.slave, err = unix.Open(p.path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0); err != nil {
		return fmt.Errorf("pseudo-terminal %s: %w", p.path, err)
	}
	t, err := unix.IoctlGetTermios(p.slave, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("pseudo-terminal %s: %w", p.path, err)
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(p.slave, unix.TCSETS, t); err != nil {
		return fmt.Errorf("pseudo-terminal %s: raw mode: %w", p.path, err)
	}
	return nil
}

// makeLink points the link at the terminal.
func (p *port) makeLink() error {
	if info, err := os.Lstat(p.link); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("key link %q: something else is there", p.link)
	}
	fresh := fmt.Sprintf("%s.%d", p.link, os.Getpid())
	if err := os.Symlink(p.path, fresh); err != nil {
		return fmt.Errorf("key link: %w", err)
	}
	if err := os.Rename(fresh, p.link); err != nil {
		return errors.Join(fmt.Errorf("key link: %w", err), os.Remove(fresh))
	}
	return nil
}

// close takes the device away: the link first, so that nobody finds it dead.
func (p *port) close() error {
	var err error
	if p.link != "" {
		if err = os.Remove(p.link); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if p.slave >= 0 {
		err = errors.Join(err, unix.Close(p.slave))
	}
	return errors.Join(err, p.master.Close())
}

// write sends one packet, in one write.
func (p *port) write(f *frame) error {
	if p.stuck {
		return nil
	}
	if err := p.master.SetWriteDeadline(time.Now().Add(stuckAfter)); err != nil {
		return err
	}
	_, err := p.master.Write(f[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		p.stuck = true
		return nil
	}
	return err
}

// flush drops what was sent and not read.
func (p *port) flush() error {
	p.stuck = false
	if err := unix.IoctlSetInt(p.slave, unix.TCFLSH, unix.TCIFLUSH); err != nil {
		return fmt.Errorf("pseudo-terminal %s: flush: %w", p.path, err)
	}
	return nil
}

// read gives packets to frames until the port closes. Bytes that are no report,
// or the beginning of one whose rest does not come, are passed over.
func (p *port) read(frames chan<- frame, stop <-chan struct{}) {
	defer close(frames)
	var s splitter
	chunk := make([]byte, 16*reportSize)
	for {
		n, err := p.master.Read(chunk)
		for _, f := range s.take(chunk[:n], time.Now()) {
			select {
			case frames <- f:
			case <-stop:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// splitter cuts what is read into packets.
type splitter struct {
	rest []byte
	at   time.Time // when rest last grew
}

func (s *splitter) take(data []byte, now time.Time) []frame {
	if len(s.rest) > 0 && now.Sub(s.at) > packetTimeout {
		s.rest = nil // its writer died
	}
	s.rest, s.at = append(s.rest, data...), now
	var all []frame
	for len(s.rest) > 0 {
		if s.rest[0] != 0 {
			s.rest = s.rest[1:]
			continue
		}
		if len(s.rest) < reportSize {
			break
		}
		all = append(all, frame(s.rest[1:reportSize]))
		s.rest = s.rest[reportSize:]
	}
	return all
}
