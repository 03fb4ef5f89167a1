package pcscd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrForbidden tells that this system lets nobody but root have a private
// network and private mounts.
var ErrForbidden = errors.New("this system forbids private namespaces to ordinary users: run as root, " +
	"or allow them (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0, user.max_user_namespaces above 0)")

// startInRoom starts a program in a room of its own: private mounts and a
// private network, where it is root. Root needs no more; an ordinary user gets
// a private set of users, too.
func startInRoom(build func() *exec.Cmd) (*exec.Cmd, error) {
	if os.Geteuid() == 0 {
		cmd := build()
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET}
		err := cmd.Start()
		if !forbidden(err) {
			return cmd, err
		}
	}
	cmd := build()
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	if err := cmd.Start(); err != nil {
		if forbidden(err) {
			return nil, fmt.Errorf("%w (%w)", ErrForbidden, err)
		}
		return nil, err
	}
	return cmd, nil
}

func forbidden(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) ||
		errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EUSERS)
}

// socketFolder is where pcscd makes its socket; it cannot be told otherwise.
const socketFolder = "/run/pcscd"

// furnish is called inside the room: the loopback network comes up, and dir
// takes the place of pcscd's socket folder.
func furnish(dir string) error {
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("loopback network: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	source, err := os.Open(dir) // #nosec G304 -- the bench's folder
	if err != nil {
		return err
	}
	err = bind(source)
	return errors.Join(err, source.Close())
}

// bind mounts an open folder on pcscd's. Where that does not exist and cannot
// be made, an empty /run takes the place of the system's, in this room alone.
func bind(source *os.File) error {
	if err := os.MkdirAll(socketFolder, 0o755); err != nil { // #nosec G301 -- as pcscd makes it
		if err := unix.Mount("tmpfs", filepath.Dir(socketFolder), "tmpfs", 0, "mode=0755"); err != nil {
			return fmt.Errorf("folder %s: %w", socketFolder, err)
		}
		if err := os.MkdirAll(socketFolder, 0o755); err != nil { // #nosec G301 -- as pcscd makes it
			return err
		}
	}
	path := fmt.Sprintf("/proc/self/fd/%d", source.Fd())
	if err := unix.Mount(path, socketFolder, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("folder %s: %w", socketFolder, err)
	}
	return nil
}

// loopbackUp brings up the network device "lo".
func loopbackUp() (err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unix.Close(fd)) }()
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, request); err != nil {
		return err
	}
	request.SetUint16(request.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}

// lifeline ends with the process that holds its other end.
func lifeline(r io.Reader) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := io.Copy(io.Discard, r); err != nil {
			return
		}
	}()
	return ended
}
