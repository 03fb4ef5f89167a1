package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Disk is a place that is not part of this computer's own disk, as far as its mount says: a stick, a card, a share.
type Disk struct {
	Name     string // of the folder it is mounted at
	Path     string
	ReadOnly bool
}

// Disks lists what is mounted where people's own disks are (/media, /run/media, /mnt, and below the person's folder), in the order of mounting. A
// system that keeps no such list (proc(5), mountinfo) has none.
func Disks() ([]Disk, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing disks: %w", err)
	}
	disks, err := mounted(f)
	return disks, errors.Join(err, f.Close())
}

// ownDisks are the folders that disks of people are mounted below.
func ownDisks() []string { return []string{"/media/", "/run/media/", "/mnt/", "/Volumes/"} }

// mounted reads a list of mounts in the form of proc(5): number, parent, device, root, place, options, tags up to a dash, type, source, options.
func mounted(r io.Reader) ([]Disk, error) {
	var disks []Disk
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 {
			continue
		}
		path := unescaped(fields[4])
		for _, above := range ownDisks() {
			if rest, found := strings.CutPrefix(path, above); found && rest != "" {
				disks = append(disks, Disk{Name: filepath.Base(path), Path: path, ReadOnly: readOnly(fields)})
				break
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("listing disks: %w", err)
	}
	return disks, nil
}

// readOnly looks at the options of the mount and, the last field, of the file system.
func readOnly(fields []string) bool {
	for _, options := range []string{fields[5], fields[len(fields)-1]} {
		for o := range strings.SplitSeq(options, ",") {
			if o == "ro" {
				return true
			}
		}
	}
	return false
}

// unescaped turns "\040" back into a space: what would break the list stands in it as three octal digits.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+4 <= len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
