package pcscd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// driverPaths are where distributions put the driver of the virtual reader.
var driverPaths = []string{
	"/usr/lib/pcsc/drivers/serial/libifdvpcd.so",
	"/usr/lib/*/pcsc/drivers/serial/libifdvpcd.so",
	"/usr/lib64/pcsc/drivers/serial/libifdvpcd.so",
	"/usr/local/lib/pcsc/drivers/serial/libifdvpcd.so",
}

// vpcdProgram comes with the driver: where it is found, the driver lies beside it, also where their package is only unpacked somewhere.
const vpcdProgram = "vpcd-config"

// findDriver finds the driver of the virtual reader.
func findDriver() (string, error) {
	patterns := driverPaths
	if program, err := exec.LookPath(vpcdProgram); err == nil {
		patterns = append([]string{filepath.Join(filepath.Dir(program), "..", "lib", "pcsc", "drivers", "serial", "libifdvpcd.so")}, patterns...)
	}
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err == nil && len(found) > 0 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("the virtual reader's driver is not installed (Debian: apt-get install vsmartcard-vpcd); looked for %s",
		strings.Join(patterns, ", "))
}

// findPCSCD finds the program pcscd, also where only root's search path leads.
func findPCSCD() (string, error) {
	for _, name := range []string{"pcscd", "/usr/sbin/pcscd", "/usr/local/sbin/pcscd", "/sbin/pcscd"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("pcscd is not installed (Debian: apt-get install pcscd)")
}

// firstPort is vpcd's own. Every reader takes two ports, one for each of its
// slots, so readers stand ten apart.
const (
	firstPort = 35963
	portStep  = 10
)

// port is where the driver of a reader listens for a card, counted from 0.
func port(reader int) int { return firstPort + portStep*reader }

// The names under which pcscd shows keys of two makers, without the number that
// it appends. ykman takes a reader for a YubiKey, and the product from it, by the
// first one's beginning. The other is from canokey-core's issue 127.
const (
	YubiKeyReader = "Yubico YubiKey OTP+FIDO+CCID"
	CanoKeyReader = "canokeys.org OpenPGP PIV OATH"
)

// slotSuffix is what pcscd appends to a reader's name: a number, since names
// could be the same, and the slot's.
const slotSuffix = " 00 00"

// ReaderName is the name that programs see for a reader that the bench has given
// no other name, counted from 0.
func ReaderName(reader int) string { return Options{}.friendlyName(reader) + slotSuffix }

// friendlyName tells readers apart: two of one name would hide each other.
func (o Options) friendlyName(reader int) string {
	name := YubiKeyReader
	if reader < len(o.ReaderNames) && o.ReaderNames[reader] != "" {
		name = o.ReaderNames[reader]
	}
	return fmt.Sprintf("%s %02d", name, reader+1)
}

// friendlyNames are those of all readers.
func (o Options) friendlyNames() []string {
	var all []string
	for n := range o.Readers {
		all = append(all, o.friendlyName(n))
	}
	return all
}

// longestName is how much of a reader's name programs see, with its end
// (MAX_READERNAME of pcsclite.h).
const longestName = 128

// checkReaderName refuses what cannot stand in a line of pcscd's configuration.
func checkReaderName(name string) error {
	if len(name) > longestName-len(" 01"+slotSuffix+"\x00") {
		return fmt.Errorf("reader name %q: %d characters are too many", name, len(name))
	}
	for _, r := range name {
		if r < ' ' || r > '~' || r == '"' {
			return fmt.Errorf("reader name %q: want printable ASCII without quotation marks", name)
		}
	}
	return nil
}

// writeReaders makes pcscd's configuration folder with a reader of each name. Each gets a
// copy of the driver of its own: two readers on one library share their state
// and hang pcscd. The copies stand apart, since pcscd reads every file of its
// configuration folder.
func writeReaders(conf, drivers, driver string, names []string) error {
	for _, dir := range []string{conf, drivers} {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	library, err := os.ReadFile(driver) // #nosec G304 -- the driver is the caller's choice
	if err != nil {
		return fmt.Errorf("the virtual reader's driver: %w", err)
	}
	var text strings.Builder
	for i, name := range names {
		path := filepath.Join(drivers, fmt.Sprintf("libifdvpcd-%d.so", i+1))
		if err := writeNew(path, library, 0o700); err != nil {
			return err
		}
		fmt.Fprintf(&text, "FRIENDLYNAME \"%s\"\nDEVICENAME /dev/null:0x%04X\nLIBPATH %s\nCHANNELID 0x%04X\n\n",
			name, port(i), path, port(i))
	}
	return writeNew(filepath.Join(conf, "readers.conf"), []byte(text.String()), 0o600)
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode) // #nosec G304 -- inside the bench's folder
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
