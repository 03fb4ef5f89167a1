package main

import (
	"strings"
	"testing"
)

func TestStartRefusesWhatItDoesNotUnderstand(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--version"}, exitDone, "holdfast "},
		{[]string{"--help"}, exitDone, "-fido-device"},
		{[]string{"--no-such-flag"}, exitUsage, "no-such-flag"},
		{[]string{"vault"}, exitUsage, `"vault" is not understood`},
	} {
		var out, errs strings.Builder
		if code := start(c.args, &out, &errs); code != c.code || !strings.Contains(out.String()+errs.String(), c.says) {
			t.Errorf("%q: code %d, says %q %q", c.args, code, out.String(), errs.String())
		}
	}
}

func TestDevicePathsAreCollected(t *testing.T) {
	var p paths
	for _, s := range []string{"/dev/a", "/dev/b"} {
		if err := p.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	if p.String() != "[/dev/a /dev/b]" {
		t.Error(p.String())
	}
}
