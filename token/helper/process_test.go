package helper

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

func TestMain(m *testing.M) {
	Main() // this test binary is its own helper
	os.Exit(m.Run())
}

// silentDevice is a device that never answers: a pseudo-terminal nobody listens to. asked waits until a helper has asked it something.
func silentDevice(t testing.TB) (silent token.Token, asked func()) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	master := os.NewFile(uintptr(fd), "master")
	t.Cleanup(func() { _ = master.Close() })
	path := fmt.Sprintf("/dev/pts/%d", number)
	return token.Token{ID: "fido2:" + path, Kind: token.FIDO2, Path: path, Name: "silent"}, func() {
		err := master.SetReadDeadline(time.Now().Add(patience))
		if err == nil {
			_, err = master.Read(make([]byte, 1000))
		}
		if err != nil {
			t.Errorf("no helper has asked: %v", err)
		}
	}
}

func missing() token.Token {
	return token.Token{ID: "fido2:/nowhere", Kind: token.FIDO2, Path: "/nowhere/key", Name: "missing"}
}

func TestATokenThatIsNotThere(t *testing.T) {
	c := NewClient(nil, nil)
	if _, err := c.Facts(t.Context(), missing()); token.CodeOf(err) != token.Removed {
		t.Error(err)
	}
	if _, err := c.Identify(t.Context(), missing()); token.CodeOf(err) != token.Removed {
		t.Error(err)
	}
	nobody := token.Token{ID: "x", Kind: "seal"}
	if _, err := c.Identify(t.Context(), nobody); token.CodeOf(err) != token.BadRequest {
		t.Error(err)
	}
}

func TestRequestsThatAreNone(t *testing.T) {
	c := NewClient(nil, nil)
	if _, err := c.FIDO2(missing()).HMACSecret(t.Context(), keystore.HMACRequest{}, keystore.Gate{}); token.CodeOf(err) != token.BadRequest {
		t.Errorf("no salt, no credential: %v", err)
	}
	if _, err := c.FIDO2(missing()).EnrolFIDO2(t.Context(), keystore.FIDO2EnrolRequest{}, keystore.Gate{}); token.CodeOf(err) != token.BadRequest {
		t.Errorf("no user handle: %v", err)
	}
	reader := token.Token{ID: "piv:none", Kind: token.PIV, Reader: "none"}
	if _, err := c.PIV(reader).ECDH(t.Context(), keystore.ECDHRequest{Slot: 0x9a}, keystore.Gate{}); token.CodeOf(err) != token.BadRequest {
		t.Errorf("a slot that is not ours: %v", err)
	}
	if _, err := c.PIV(reader).EnrolPIV(t.Context(), keystore.PIVEnrolRequest{}, keystore.Gate{}); token.CodeOf(err) != token.BadRequest {
		t.Errorf("no tiers: %v", err)
	}
}

func TestCancelWhileFrozen(t *testing.T) {
	t.Parallel()
	c := NewClient(nil, nil)
	frozen, asked := silentDevice(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { asked(); cancel() }()
	if _, err := c.Facts(ctx, frozen); token.CodeOf(err) != token.Cancelled || !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err := c.Facts(t.Context(), frozen); token.CodeOf(err) != token.Frozen {
		t.Errorf("the device is free again, yet: %v", err)
	}
}

func TestTwoActsWaitForEachOther(t *testing.T) {
	c, g, working := hangingHelper()
	first, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := c.FIDO2(missing()).HMACSecret(first, keystore.HMACRequest{}, g)
		done <- err
	}()
	<-working
	second, giveUp := context.WithCancel(t.Context())
	giveUp()
	if _, err := c.Facts(second, missing()); token.CodeOf(err) != token.Cancelled || howStopped(err) != "not stopped" {
		t.Errorf("beside the first: %v", err)
	}
	stop()
	if err := <-done; token.CodeOf(err) != token.Cancelled {
		t.Error(err)
	}
	release, err := c.acquire(t.Context(), missing())
	if err != nil {
		t.Fatalf("after the first: %v", err)
	}
	release()
}

// hangingHelper is a helper that begins to wait for a touch and then hears nothing any more; working tells that it has begun.
func hangingHelper() (c *Client, g keystore.Gate, working <-chan struct{}) {
	begun := make(chan struct{})
	g.Prompts.Touch = func(context.Context, keystore.TouchRequest) func() { close(begun); return func() {} }
	return NewClient([]string{"/bin/sh", "-c", `printf 'T\000\000\000\003"x"' >&4; trap '' TERM; while :; do sleep 1; done`}, nil), g, begun
}

func TestHelpersThatFail(t *testing.T) {
	for name, argv := range map[string][]string{
		"not there":      {"/nowhere/helper"},
		"dies":           {"/bin/false"},
		"says nothing":   {"/bin/true"},
		"talks nonsense": {"/bin/sh", "-c", "echo nonsense >&4"},
		"is killed":      {"/bin/sh", "-c", "kill -9 $$"},
	} {
		c := NewClient(argv, nil)
		if _, err := c.Facts(t.Context(), missing()); token.CodeOf(err) != token.HelperFailed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAHelperThatHangsIsKilled(t *testing.T) {
	c, g, working := hangingHelper()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-working; cancel() }()
	if _, err := c.FIDO2(missing()).HMACSecret(ctx, keystore.HMACRequest{}, g); token.CodeOf(err) != token.Cancelled || howStopped(err) != Killed {
		t.Errorf("%v, %q", err, howStopped(err))
	}
}

// TestThePromptEndsWithTheHelper: a helper that dies while the person types takes the prompt away.
func TestThePromptEndsWithTheHelper(t *testing.T) {
	content := `{"Token":"x","Which":"piv","TriesLeft":3,"Min":6,"Max":8}`
	shown := filepath.Join(t.TempDir(), "shown")
	ask := fmt.Sprintf(`printf 'P\000\000\000\%03o%s' >&4; until [ -e '%s' ]; do sleep 0.01; done`, len(content), content, shown)
	asked := false
	c := NewClient([]string{"/bin/sh", "-c", ask}, nil)
	g := keystore.Gate{Prompts: keystore.Prompts{PIN: func(ctx context.Context, r keystore.PINRequest) (*secret.Bytes, error) {
		asked = true
		if r.Token != "missing" || r.TriesLeft != 3 {
			t.Errorf("asked %+v", r)
		}
		if err := os.WriteFile(shown, nil, 0o600); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}}}
	_, err := c.FIDO2(missing()).HMACSecret(t.Context(), keystore.HMACRequest{}, g)
	if token.CodeOf(err) != token.HelperFailed || !asked {
		t.Errorf("%v, asked %v", err, asked)
	}
}
