package fido2

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"holdfast/token"
)

// Source watches for FIDO devices: nodes under Dev whose report descriptor names the FIDO usage page, and the extra paths of a start
// flag, whose tokens are marked unverified. It implements token.Source and opens no device.
type Source struct {
	Dev   string   // folder of the device nodes; "" for /dev
	Sys   string   // folder with the hidraw class; "" for /sys/class/hidraw
	Extra []string // device paths; each may come and go, and may be a link
}

var _ token.Source = Source{}

// Watch implements token.Source with inotify(7).
func (s Source) Watch(ctx context.Context, report func([]token.Sighting)) error {
	if s.Dev == "" {
		s.Dev = "/dev"
	}
	if s.Sys == "" {
		s.Sys = "/sys/class/hidraw"
	}
	w, err := newFolderWatch()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = w.file.Close() }) // ends the waiting read
	defer stop()
	watchErr := s.watch(w, report)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(watchErr, w.file.Close())
}

func (s Source) watch(w *folderWatch, report func([]token.Sighting)) error {
	for {
		// Watch first, look second: what happens in between is told by the next read.
		if err := w.follow(s.folders); err != nil {
			return err
		}
		report(s.look(w))
		if err := w.wait(); err != nil {
			return err
		}
	}
}

// folders lists where nodes may come and go. Of a folder that is not there, the nearest one above it is watched until it is.
func (s Source) folders() []string {
	folders := []string{nearestFolder(s.Dev)}
	for _, path := range s.Extra {
		folders = append(folders, nearestFolder(filepath.Dir(path)))
		if target, err := os.Readlink(path); err == nil {
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(path), target)
			}
			folders = append(folders, nearestFolder(filepath.Dir(target)))
		}
	}
	return folders
}

func nearestFolder(folder string) string {
	for {
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			return folder
		}
		above := filepath.Dir(folder)
		if above == folder {
			return folder
		}
		folder = above
	}
}

// look lists the tokens that are there now.
func (s Source) look(w *folderWatch) []token.Sighting {
	var present []token.Sighting
	nodes, _ := filepath.Glob(filepath.Join(s.Dev, "hidraw*")) // the pattern is good
	for _, path := range nodes {
		sys := filepath.Join(s.Sys, filepath.Base(path), "device")
		descriptor, err := os.ReadFile(filepath.Join(sys, "report_descriptor")) //nolint:gosec // sysfs
		if err != nil || !isFIDO(descriptor) {
			continue
		}
		t := token.Token{Kind: token.FIDO2, Path: path, Name: hidName(sys), Place: place(sys)}
		present = appendSighting(present, w, t)
	}
	for _, path := range s.Extra {
		t := token.Token{Kind: token.FIDO2, Path: path, Name: "security key at " + path, Unverified: true}
		present = appendSighting(present, w, t)
	}
	return present
}

// appendSighting adds t if its node is there. The mark changes when the node was replaced, by the inode or by the number of
// times its name was seen to go.
func appendSighting(present []token.Sighting, w *folderWatch, t token.Token) []token.Sighting {
	var node unix.Stat_t
	if err := unix.Stat(t.Path, &node); err != nil || node.Mode&unix.S_IFMT != unix.S_IFCHR {
		return present
	}
	t.ID = "fido2:" + t.Path
	mark := node.Ino<<16 + w.gone[t.Path]
	if target, err := filepath.EvalSymlinks(t.Path); err == nil && target != t.Path {
		mark += w.gone[target]
	}
	return append(present, token.Sighting{Token: t, Mark: mark})
}

// isFIDO looks for the item "usage page F1D0" in a report descriptor (HID 1.11 section 6.2.2; CTAP 2.1 section 11.2.8.2).
func isFIDO(descriptor []byte) bool {
	for b := descriptor; len(b) > 0; {
		size := int(b[0] & 0x03)
		if size == 3 {
			size = 4
		}
		if b[0] == 0xfe && len(b) > 1 { // a long item
			size = 2 + int(b[1])
		}
		if len(b) < 1+size {
			return false
		}
		if b[0] == 0x06 && b[1] == 0xd0 && b[2] == 0xf1 {
			return true
		}
		b = b[1+size:]
	}
	return false
}

// hidName reads the device's own name from sysfs.
func hidName(sys string) string {
	data, err := os.ReadFile(filepath.Join(sys, "uevent")) //nolint:gosec // sysfs
	if err != nil {
		return "security key"
	}
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "HID_NAME="); ok && name != "" {
			return name
		}
	}
	return "security key"
}

// place finds the USB device above a HID device in sysfs: the nearest folder with a bus and a device number.
func place(sys string) string {
	folder, err := filepath.EvalSymlinks(sys)
	if err != nil {
		return ""
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		var bus, device int
		if readNumber(filepath.Join(folder, "busnum"), &bus) && readNumber(filepath.Join(folder, "devnum"), &device) {
			return token.USBPlace(bus, device)
		}
	}
	return ""
}

func readNumber(path string, into *int) bool {
	data, err := os.ReadFile(path) //nolint:gosec // sysfs
	if err != nil {
		return false
	}
	_, err = fmt.Sscanf(string(data), "%d\n", into)
	return err == nil
}

// folderWatch tells when names come and go in some folders.
type folderWatch struct {
	file    *os.File
	folders map[string]int32  // watched, with inotify's number
	names   map[int32]string  // the other way round
	gone    map[string]uint64 // how often a path was seen to go
}

func newFolderWatch() (*folderWatch, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, watchError("inotify_init", err)
	}
	return &folderWatch{
		file:    os.NewFile(uintptr(fd), "inotify"),
		folders: map[string]int32{}, names: map[int32]string{}, gone: map[string]uint64{},
	}, nil
}

// inotifyEvents: nodes that come and go, and nodes whose permissions udev sets a moment later.
const inotifyEvents = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_ATTRIB | unix.IN_DELETE_SELF | unix.IN_ONLYDIR

// follow watches the folders that list names, too. It asks again until none is new: of a folder that was made in another one just before that one
// was watched, nothing would tell.
func (w *folderWatch) follow(list func() []string) error {
	for again := true; again; {
		again = false
		for _, folder := range list() {
			if _, ok := w.folders[folder]; ok {
				continue
			}
			changed, err := w.add(folder)
			if err != nil {
				return err
			}
			again = again || changed
		}
	}
	return nil
}

// add watches one more folder, and tells whether that, or that it went meanwhile, may change which ones are to be watched.
func (w *folderWatch) add(folder string) (changed bool, err error) {
	fd, err := w.descriptor()
	if err != nil {
		return false, err
	}
	number, err := unix.InotifyAddWatch(fd, folder, inotifyEvents)
	switch {
	case errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR):
		return true, nil
	case errors.Is(err, unix.EACCES):
		return false, nil // not ours to see
	case err != nil:
		return false, watchError("watching "+folder, err)
	}
	w.folders[folder], w.names[int32(number)] = int32(number), folder //nolint:gosec // inotify numbers are small
	return true, nil
}

func (w *folderWatch) descriptor() (fd int, err error) {
	raw, err := w.file.SyscallConn()
	if err != nil {
		return 0, watchError("inotify", err)
	}
	err = raw.Control(func(f uintptr) { fd = int(f) })
	if err != nil {
		return 0, watchError("inotify", err)
	}
	return fd, nil
}

// wait returns when something happened in the folders, and counts the names that went.
func (w *folderWatch) wait() error {
	buffer := make([]byte, 16<<10)
	n, err := w.file.Read(buffer)
	if err != nil {
		return watchError("inotify", err)
	}
	for b := buffer[:n]; len(b) >= unix.SizeofInotifyEvent; {
		event := (*unix.InotifyEvent)(unsafe.Pointer(unsafe.SliceData(b))) // the kernel wrote it
		end := unix.SizeofInotifyEvent + int(event.Len)
		if end > len(b) {
			break
		}
		name := strings.TrimRight(string(b[unix.SizeofInotifyEvent:end]), "\x00")
		w.note(event, name)
		b = b[end:]
	}
	return nil
}

func (w *folderWatch) note(event *unix.InotifyEvent, name string) {
	folder := w.names[event.Wd]
	switch {
	case event.Mask&(unix.IN_IGNORED|unix.IN_DELETE_SELF) != 0:
		delete(w.names, event.Wd)
		maps.DeleteFunc(w.folders, func(_ string, number int32) bool { return number == event.Wd }) // a folder may have two names
	case event.Mask&(unix.IN_DELETE|unix.IN_MOVED_FROM) != 0:
		w.gone[filepath.Join(folder, name)]++
	}
}

func watchError(doing string, err error) error {
	return token.NewError(token.ServiceFailed, token.FIDO2, doing+": "+err.Error())
}
