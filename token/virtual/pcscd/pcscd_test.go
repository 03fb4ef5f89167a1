package pcscd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestStartOrder(t *testing.T) {
	for _, want := range []KeyOptions{
		{Name: "blue"},
		{Name: "key-2", Reader: 3, Serial: 4294967295, Firmware: "5.4.3", Make: "canokey,list=1", Touched: true},
	} {
		got, err := parseStart(want.words()[1:])
		if err != nil || got != want {
			t.Errorf("%+v came back as %+v: %v", want, got, err)
		}
	}
	for _, bad := range []string{"", "a/b", "..", "a reader=x", "a serial=4294967296", "a colour=blue"} {
		if got, err := parseStart(strings.Fields(bad)); err == nil {
			t.Errorf("%q was taken as %+v", bad, got)
		}
	}
}

func TestReadersStandApart(t *testing.T) {
	dir := t.TempDir()
	driver := filepath.Join(dir, "driver.so")
	if err := writeNew(driver, []byte("library"), 0o600); err != nil {
		t.Fatal(err)
	}
	conf, drivers := filepath.Join(dir, "conf"), filepath.Join(dir, "drivers")
	names := Options{Readers: 3, ReaderNames: []string{"", CanoKeyReader}}.friendlyNames()
	for range 2 { // a bench may be started again in its folder
		if err := writeReaders(conf, drivers, driver, names); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(conf)
	if err != nil || len(entries) != 1 {
		t.Fatalf("pcscd reads every file in its folder, and there are %d: %v", len(entries), err)
	}
	text, err := os.ReadFile(filepath.Join(conf, "readers.conf"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if seen[line] {
			t.Errorf("%q stands twice", line)
		}
		seen[line] = true
	}
	if len(seen) != 12 {
		t.Fatalf("%d settings for three readers:\n%s", len(seen), text)
	}
	for _, name := range []string{
		"Yubico YubiKey OTP+FIDO+CCID 01", "canokeys.org OpenPGP PIV OATH 02", "Yubico YubiKey OTP+FIDO+CCID 03",
	} {
		if !seen[`FRIENDLYNAME "`+name+`"`] {
			t.Errorf("no reader %q:\n%s", name, text)
		}
	}
	if ReaderName(1) != "Yubico YubiKey OTP+FIDO+CCID 02 00 00" {
		t.Fatal(ReaderName(1))
	}
	for _, o := range []Options{
		{Readers: 1, ReaderNames: []string{`a "b"`}},
		{Readers: 1, ReaderNames: []string{"a\nLIBPATH b"}},
		{Readers: 1, ReaderNames: []string{strings.Repeat("x", 119)}},
		{Readers: 1, ReaderNames: []string{"", ""}},
	} {
		if o.Dir = dir; o.complete() == nil {
			t.Errorf("readers named %q were taken", o.ReaderNames)
		}
	}
	o := Options{Dir: dir, ReaderNames: []string{strings.Repeat("x", 118)}}
	if o.complete() != nil || len(o.friendlyName(0)+slotSuffix) != longestName-1 {
		t.Error("a name as long as can be is refused")
	}
}

// sleeper is a process that only waits for its end.
func sleeper(t *testing.T) *logged {
	t.Helper()
	l, err := startLogged("sleeper", filepath.Join(t.TempDir(), "log"), "sleep", "600")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Kill(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func TestReadersAreGivenOut(t *testing.T) {
	k := newKeys(Options{Readers: 1, Serial: 5})
	s := KeyOptions{Name: "a"}
	if err := k.settle(&s, false); err != nil || s.Reader != 1 || s.Serial != 5 {
		t.Fatalf("%+v: %v", s, err)
	}
	running := sleeper(t)
	k.known["a"] = &known{start: s, process: running}
	for _, s := range []KeyOptions{{Name: "b"}, {Name: "b", Reader: 1}, {Name: "b", Reader: 2}} {
		if err := k.settle(&s, false); err == nil {
			t.Errorf("%+v found a place", s)
		}
	}
	if err := running.end(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s = KeyOptions{Name: "b"}
	if err := k.settle(&s, false); err != nil || s.Reader != 1 || s.Serial != 6 {
		t.Fatalf("%+v: %v", s, err)
	}
	for again, want := range map[bool]string{false: "canokey", true: ""} {
		k := newKeys(Options{Readers: 1, Make: "canokey"})
		if s := (KeyOptions{Name: "c"}); k.settle(&s, again) != nil || s.Make != want {
			t.Errorf("known %t: a key of make %q, want %q", again, s.Make, want)
		}
	}
	if words := k.command(KeyOptions{Name: "b", Make: "canokey"}); !slices.Contains(words, "--make") {
		t.Errorf("the make is not handed on: %q", words)
	}
	if words := k.command(KeyOptions{Name: "b", Reader: 1}); slices.Contains(words, "--serial") {
		t.Fatalf("a known key gets a new serial number: %q", words)
	}
}

// TestKeysOfOneNameAreLostOneAfterTheOther: a key's name may be given again once it is lost.
func TestKeysOfOneNameAreLostOneAfterTheOther(t *testing.T) {
	dir := t.TempDir()
	k := newKeys(Options{Dir: dir, Readers: 1})
	ended := sleeper(t)
	if err := ended.end(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		if err := os.MkdirAll(filepath.Join(dir, keysFolder, "a"), 0o700); err != nil {
			t.Fatal(err)
		}
		k.known["a"] = &known{start: KeyOptions{Name: "a"}, process: ended}
		if err := k.lose("a"); err != nil {
			t.Fatalf("the %d. time: %v", n, err)
		}
		if _, err := os.Stat(filepath.Join(dir, keysFolder, "a")); !os.IsNotExist(err) {
			t.Fatalf("it is still there: %v", err)
		}
		if lost, err := filepath.Glob(filepath.Join(dir, lostFolder, "a-*", "a")); err != nil || len(lost) != n {
			t.Fatalf("lost %q: %v", lost, err)
		}
	}
	if err := k.lose("a"); err == nil {
		t.Error("a key that is not there was lost")
	}
}
