package body

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMakesAreRead(t *testing.T) {
	for text, want := range map[string]Make{
		"yubikey": YubiKey(),
		"canokey": CanoKey(),
		"list=1":  {BothSides, BothSides, BothSides, 20, false, 0x6982, 15 * time.Second, 1},
		"yubikey,serial=piv,attestation=none,management=fido2," +
			"retired=0,management-key=3des,no-touch=6985,touch-time=1m,list=none": {
			PIVAlone, NoSide, FIDOAlone, 0, true, 0x6985, time.Minute, 0,
		},
		"canokey,serial=both,attestation=both,management=both," +
			"retired=20,management-key=firmware,no-touch=6982,touch-time=15s": YubiKey(),
	} {
		got, err := ParseMake(text)
		if err != nil || got != want {
			t.Errorf("%q is read as %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, bad := range []string{
		"", "solokey", "yubikey,", "list=1,canokey", "serial", "serial=usb", "retired=21", "retired=-1",
		"management-key=aes", "no-touch=9000", "no-touch=61ff", "no-touch=16982", "touch-time=0s", "touch-time=30",
		"list=0", "list=256", "colour=blue",
	} {
		if got, err := ParseMake(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, got)
		}
	}
}

func TestMakesAreWrittenShort(t *testing.T) {
	for text, want := range map[string]string{
		"list=8":                             "yubikey",
		"canokey,list=8":                     "canokey",
		"serial=piv":                         "yubikey,serial=piv",
		"canokey,list=none,attestation=none": "canokey,attestation=none,list=none",
		"retired=2,management-key=3des,no-touch=6600,touch-time=30s,serial=none": "canokey,attestation=both,management=both",
	} {
		m, err := ParseMake(text)
		if err != nil || m.String() != want {
			t.Errorf("%q is written %q, %v, want %q", text, m, err, want)
		}
	}
}

// FuzzParseMake reads a make: what was read is written so that it is read as the same.
func FuzzParseMake(f *testing.F) {
	for _, seed := range []string{
		"yubikey", "canokey", "canokey,serial=piv,list=none", "no-touch=6f00,touch-time=1h2m3.5s", "retired=020",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMake(text)
		if err != nil {
			return
		}
		again, err := ParseMake(m.String())
		if err != nil || again != m {
			t.Fatalf("%q is %+v, and written %q is %+v: %v", text, m, m, again, err)
		}
	})
}

func TestSides(t *testing.T) {
	for s, want := range map[Sides]string{
		BothSides: "piv fido2 management", PIVAlone: "piv management", FIDOAlone: "fido2", NoSide: "",
	} {
		var on []string
		for _, side := range []string{PIV, FIDO2, Management} {
			if s.On(side) {
				on = append(on, side)
			}
		}
		if got := strings.Join(on, " "); got != want {
			t.Errorf("%s is on %q, want %q", s, got, want)
		}
	}
}

func TestMakeIsKept(t *testing.T) {
	dir := t.TempDir()
	b := open(t, Options{Dir: dir, Make: "canokey,list=1"})
	want := CanoKey()
	want.List = 1
	if b.Make() != want {
		t.Fatalf("a new key is of make %s", b.Make())
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	const same = "list=1,attestation=fido2,serial=none,management=none," +
		"retired=2,management-key=3des,no-touch=6600,touch-time=30s"
	for _, again := range []string{"", same} {
		b = open(t, Options{Dir: dir, Make: again})
		if b.Make() != want {
			t.Fatalf("opened again with %q, the key is of make %s", again, b.Make())
		}
		if err := b.SetSerial(5); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Open(Options{Dir: dir, Make: "canokey"})
	if err == nil || !strings.Contains(err.Error(), `is of make "canokey,list=1"`) {
		t.Fatalf("a key became one of another make: %v", err)
	}
	if _, err := Open(Options{Dir: t.TempDir(), Make: "blue"}); err == nil {
		t.Fatal("a key of no make was made")
	}
}

// TestKeyFromBeforeMakes opens the state of a key that was made when there was one make.
func TestKeyFromBeforeMakes(t *testing.T) {
	dir := t.TempDir()
	old := []byte(`{"serial": 4711, "firmware": "5.4.3"}`)
	if err := os.WriteFile(filepath.Join(dir, "body.json"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	if b := open(t, Options{Dir: dir}); b.Make() != YubiKey() || b.Serial() != 4711 {
		t.Fatalf("serial %d, make %s", b.Serial(), b.Make())
	}
}
