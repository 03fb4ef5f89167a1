package helper

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/intime"
	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

func TestMain(m *testing.M) {
	Main() // this test binary is its own helper
	os.Exit(m.Run())
}

// silentDevice is a device that never answers: a pseudo-terminal nobody listens to.
func silentDevice(t testing.TB) token.Token {
	t.Helper()
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(master) })
	path := fmt.Sprintf("/dev/pts/%d", number)
	return token.Token{ID: "fido2:" + path, Kind: token.FIDO2, Path: path, Name: "silent"}
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
	c := NewClient(nil, nil)
	frozen := silentDevice(t)
	intime.Within(t, cancelLimit, func() time.Duration {
		ctx, cancel := context.WithCancel(t.Context())
		var asked time.Time
		time.AfterFunc(300*time.Millisecond, func() { asked = time.Now(); cancel() })
		_, err := c.Facts(ctx, frozen)
		if token.CodeOf(err) != token.Cancelled || !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		return time.Since(asked)
	})
	if _, err := c.Facts(t.Context(), frozen); token.CodeOf(err) != token.Frozen {
		t.Errorf("the device is free again, yet: %v", err)
	}
}

func TestTwoActsWaitForEachOther(t *testing.T) {
	c := NewClient(nil, nil)
	frozen := silentDevice(t)
	first, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := c.Facts(first, frozen); done <- err }()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	for { // until the first has its turn
		release, err := c.acquire(ctx, frozen)
		if err != nil {
			if token.CodeOf(err) != token.Cancelled {
				t.Error(err)
			}
			break
		}
		release()
	}
	stop()
	if err := <-done; token.CodeOf(err) != token.Cancelled {
		t.Error(err)
	}
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
	c := NewClient([]string{"/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"}, nil)
	intime.Within(t, 250*time.Millisecond, func() time.Duration {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		if _, err := c.Facts(ctx, missing()); token.CodeOf(err) != token.Cancelled {
			t.Error(err)
		}
		return time.Since(start)
	})
}

// TestThePromptEndsWithTheHelper: a helper that dies while the person types takes the prompt away.
func TestThePromptEndsWithTheHelper(t *testing.T) {
	content := `{"Token":"x","Which":"piv","TriesLeft":3,"Min":6,"Max":8}`
	ask := fmt.Sprintf(`printf 'P\000\000\000\%03o%s' >&4; sleep 0.2`, len(content), content)
	asked := false
	c := NewClient([]string{"/bin/sh", "-c", ask}, nil)
	g := keystore.Gate{Prompts: keystore.Prompts{PIN: func(ctx context.Context, r keystore.PINRequest) (*secret.Bytes, error) {
		asked = true
		if r.Token != "missing" || r.TriesLeft != 3 {
			t.Errorf("asked %+v", r)
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}}}
	_, err := c.FIDO2(missing()).HMACSecret(t.Context(), keystore.HMACRequest{}, g)
	if token.CodeOf(err) != token.HelperFailed || !asked {
		t.Errorf("%v, asked %v", err, asked)
	}
}

// BenchmarkStart measures a helper from start to end, with an act that ends at once.
func BenchmarkStart(b *testing.B) {
	c := NewClient(nil, nil)
	nobody := token.Token{ID: "x", Kind: "seal"}
	for b.Loop() {
		if _, err := c.Identify(b.Context(), nobody); token.CodeOf(err) != token.BadRequest {
			b.Fatal(err)
		}
	}
	if per := b.Elapsed() / time.Duration(b.N); per > 50*time.Millisecond {
		b.Errorf("a helper takes %v, want less than 50ms", per)
	}
}
