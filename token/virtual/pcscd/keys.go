package pcscd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"holdfast/token/virtual"
	"holdfast/token/virtual/vpcd"
)

// Usage lists the orders that a bench takes on its control socket.
const Usage = `start NAME [reader=N] [serial=N] [firmware=V] [make=MAKE] [touched]
                         start a key: a new one, or the one of that name again
stop NAME                end a key's process in peace
kill NAME                end it as a power cut would
lose NAME                kill it and move its state away: the key is lost
list                     all keys that were started
`

// KeyOptions say which key to start. Zero values leave the choice to the bench: a
// new key gets the next serial number and the first free reader; a known one
// keeps what it had.
type KeyOptions struct {
	Name     string
	Reader   int // counted from 1; 0: the bench chooses
	Serial   uint32
	Firmware string
	Make     string // of a new key, see body.MakeUsage
	Touched  bool   // begin with automatic touch
}

// words is the order that means this start.
func (s KeyOptions) words() []string {
	words := []string{"start", s.Name}
	if s.Reader != 0 {
		words = append(words, fmt.Sprintf("reader=%d", s.Reader))
	}
	if s.Serial != 0 {
		words = append(words, fmt.Sprintf("serial=%d", s.Serial))
	}
	if s.Firmware != "" {
		words = append(words, "firmware="+s.Firmware)
	}
	if s.Make != "" {
		words = append(words, "make="+s.Make)
	}
	if s.Touched {
		words = append(words, "touched")
	}
	return words
}

// parseStart reads the words of an order after "start".
func parseStart(words []string) (KeyOptions, error) {
	if len(words) == 0 || !plainName(words[0]) {
		return KeyOptions{}, errors.New("start: want a name of letters, digits and dashes")
	}
	s := KeyOptions{Name: words[0]}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		var err error
		switch key {
		case "reader":
			s.Reader, err = strconv.Atoi(value)
		case "serial":
			var n uint64
			n, err = strconv.ParseUint(value, 10, 32)
			s.Serial = uint32(n) // #nosec G115 -- 32 bits were asked for
		case "firmware":
			s.Firmware = value
		case "make":
			s.Make = value
		case "touched":
			s.Touched = true
		default:
			err = errors.New("no such setting")
		}
		if err != nil {
			return KeyOptions{}, fmt.Errorf("start %s: %q: %w", s.Name, word, err)
		}
	}
	return s, nil
}

func plainName(name string) bool {
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return name != ""
}

// keys are the key processes of a bench.
type keys struct {
	options Options

	mu    sync.Mutex // all below
	known map[string]*known
	last  map[int]*logged // the process that was last in a reader
	next  uint32          // serial number of the next new key
}

// known is a key that was started at least once.
type known struct {
	start   KeyOptions
	process *logged
}

func newKeys(o Options) *keys {
	return &keys{options: o, known: map[string]*known{}, last: map[int]*logged{}, next: o.Serial}
}

// order carries out one order of a control client.
func (k *keys) order(ctx context.Context, words []string) ([]string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case len(words) == 1 && words[0] == "list":
		return k.list(), nil
	case len(words) == 1 && words[0] == "help":
		return strings.Split(strings.TrimSpace(Usage), "\n"), nil
	case len(words) >= 1 && words[0] == "start":
		s, err := parseStart(words[1:])
		if err != nil {
			return nil, err
		}
		return nil, k.start(ctx, s)
	case len(words) != 2:
		return nil, errors.New("no such order, or the wrong number of words")
	}
	switch words[0] {
	case "stop":
		return nil, k.end(words[1], syscall.SIGTERM)
	case "kill":
		return nil, k.end(words[1], syscall.SIGKILL)
	case "lose":
		return nil, k.lose(words[1])
	}
	return nil, fmt.Errorf("no such order: %q", words[0])
}

// start starts a key's process and waits until programs can reach it.
func (k *keys) start(ctx context.Context, s KeyOptions) error {
	before, again := k.known[s.Name]
	if again && before.process.Running() {
		return fmt.Errorf("key %q is running", s.Name)
	}
	if again && s.Reader == 0 {
		s.Reader = before.start.Reader
	}
	if err := k.settle(&s, again); err != nil {
		return err
	}
	if err := k.awaitAbsence(ctx, s.Reader); err != nil {
		return err
	}
	process, err := startLogged("key "+s.Name, filepath.Join(k.options.Dir, s.Name+".log"), k.command(s)...)
	if err != nil {
		return err
	}
	k.known[s.Name] = &known{start: s, process: process}
	k.last[s.Reader] = process
	ctx, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	socket := filepath.Join(k.options.Dir, s.Name+".sock")
	return process.await(ctx, func() bool { return attached(ctx, socket) })
}

// awaitAbsence waits until the driver must have seen that a reader is empty.
func (k *keys) awaitAbsence(ctx context.Context, reader int) error {
	before, found := k.last[reader]
	if !found {
		return nil
	}
	select {
	case <-time.After(vpcd.Absence - time.Since(before.Ended())):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settle chooses reader, serial number and make where the order did not.
func (k *keys) settle(s *KeyOptions, again bool) error {
	if s.Reader < 0 || s.Reader > k.options.Readers {
		return fmt.Errorf("key %q: reader %d: this bench has 1 to %d", s.Name, s.Reader, k.options.Readers)
	}
	taken := map[int]string{}
	for name, other := range k.known {
		if other.process.Running() {
			taken[other.start.Reader] = name
		}
	}
	for n := 1; s.Reader == 0 && n <= k.options.Readers; n++ {
		if _, busy := taken[n]; !busy {
			s.Reader = n
		}
	}
	if s.Reader == 0 {
		return fmt.Errorf("key %q: all %d readers are taken", s.Name, k.options.Readers)
	}
	if name, busy := taken[s.Reader]; busy {
		return fmt.Errorf("key %q: reader %d holds key %q", s.Name, s.Reader, name)
	}
	if s.Serial == 0 && !again {
		s.Serial = k.next
		k.next++
	}
	if s.Make == "" && !again {
		s.Make = k.options.Make
	}
	return nil
}

// command is how a key's process is started.
func (k *keys) command(s KeyOptions) []string {
	in := func(name string) string { return filepath.Join(k.options.Dir, name) }
	firmware := s.Firmware
	if firmware == "" && s.Serial != 0 {
		firmware = k.options.Firmware
	}
	words := []string{
		k.options.Program, "run",
		"--state", filepath.Join(in(keysFolder), s.Name),
		"--authority", in("authority"),
		"--vpcd", fmt.Sprintf("127.0.0.1:%d", port(s.Reader-1)),
		"--control", in(s.Name + ".sock"),
		"--trace", in(s.Name + ".trace"),
	}
	if !k.options.SmartCardOnly {
		words = append(words, "--hid", in(s.Name+deviceSuffix))
	}
	if s.Serial != 0 {
		words = append(words, "--serial", strconv.FormatUint(uint64(s.Serial), 10))
	}
	if firmware != "" {
		words = append(words, "--firmware", firmware)
	}
	if s.Make != "" {
		words = append(words, "--make", s.Make)
	}
	if s.Touched || k.options.Touched {
		words = append(words, "--touched")
	}
	return words
}

// attached asks a key whether programs can reach it.
func attached(ctx context.Context, socket string) bool {
	lines, err := virtual.Ask(ctx, socket, "status")
	return err == nil && slices.Contains(lines, "attached true")
}

// end ends a key's process.
func (k *keys) end(name string, sig os.Signal) error {
	key, found := k.known[name]
	if !found || !key.process.Running() {
		return fmt.Errorf("key %q is not running", name)
	}
	return errors.Join(key.process.end(sig), k.removeDevice(name))
}

// removeDevice takes away the device of a key that had no time to do so itself. The pseudo-terminal that it stands for is given to the next key
// that starts: left there, it would show that one twice.
func (k *keys) removeDevice(name string) error {
	if err := os.Remove(filepath.Join(k.options.Dir, name+deviceSuffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("device of key %q: %w", name, err)
	}
	return nil
}

// lose kills a key and moves its state out of reach, beside what was lost under its name before.
func (k *keys) lose(name string) error {
	key, found := k.known[name]
	if !found {
		return fmt.Errorf("there is no key %q", name)
	}
	if key.process.Running() {
		if err := k.end(name, syscall.SIGKILL); err != nil {
			return err
		}
	}
	delete(k.known, name)
	lost := filepath.Join(k.options.Dir, lostFolder)
	if err := os.MkdirAll(lost, 0o700); err != nil {
		return err
	}
	away, err := os.MkdirTemp(lost, name+"-")
	if err != nil {
		return err
	}
	return os.Rename(filepath.Join(k.options.Dir, keysFolder, name), filepath.Join(away, name))
}

// list tells of every key: name, whether it runs, its process and reader.
func (k *keys) list() []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(k.known)) {
		key := k.known[name]
		state := "ended"
		if key.process.Running() {
			state = "running"
		}
		lines = append(lines, fmt.Sprintf("%s %s pid=%d reader=%d", name, state, key.process.Pid(), key.start.Reader))
	}
	return lines
}

// endAll ends all keys in peace.
func (k *keys) endAll() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var err error
	for _, key := range k.known {
		if key.process.Running() {
			err = errors.Join(err, key.process.end(syscall.SIGTERM))
		}
	}
	return err
}
