package keystore

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"holdfast/internal/intime"
	"holdfast/internal/secret"
	"holdfast/journal"
)

// TestCloseWins closes the vault from another goroutine in the middle of each kind of act: it is closed within two seconds, every secret is wiped,
// the act says that the vault was closed, and the next unlock finds it whole.
func TestCloseWins(t *testing.T) {
	for name, act := range map[string]func(t *testing.T, h *home, v *Vault, begun chan<- struct{}) error{
		"making identities":   closeWhileCreating,
		"a backup":            closeWhileBackingUp,
		"a ceremony's PIN":    closeAtThePIN,
		"an idle ceremony":    closeIdleCeremony,
		"words on the screen": closeWhileShowing,
		"waiting for a turn":  closeWhileWaiting,
		"the end of one":      closeAtTheEnd,
		"a revocation":        closeWhileRevoking,
	} {
		t.Run(name, func(t *testing.T) {
			intime.Within(t, 2*time.Second, func() time.Duration { return closeDuring(t, act) })
		})
	}
}

// closeDuring closes a vault in the middle of an act, and says how long that took.
func closeDuring(t *testing.T, act func(t *testing.T, h *home, v *Vault, begun chan<- struct{}) error) time.Duration {
	t.Helper()
	h := newHome(t)
	before := secret.Live()
	v, err := h.open(t)
	if err != nil {
		t.Fatal(err)
	}
	begun, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() { ended <- act(t, h, v, begun) }()
	<-begun
	start := time.Now()
	if err := v.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	took := time.Since(start)
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("the act ended with: %v", err)
	}
	if now := secret.Live(); now > before {
		t.Errorf("%d secrets are held, %d before", now, before)
	}
	if _, err := v.Status(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed vault answers: %v", err)
	}
	again := h.mustOpen(t)
	if found, err := again.VerifyJournal(t.Context(), nil); err != nil || len(found) > 0 || again.readOnly != "" {
		t.Errorf("afterwards: %v, %v, read only %q", found, err, again.readOnly)
	}
	return took
}

// once tells the test that the act is under way, the first time it is called.
func once(begun chan<- struct{}) {
	select {
	case begun <- struct{}{}:
	default:
	}
}

func closeWhileCreating(t *testing.T, _ *home, v *Vault, begun chan<- struct{}) error {
	_, _, err := v.CreateIdentities(t.Context(), 1_000_000, func(i int) NewIdentity {
		if i == 700 {
			once(begun)
		}
		return plainIdentity("many")
	}, nil)
	return err
}

func closeWhileBackingUp(t *testing.T, _ *home, v *Vault, begun chan<- struct{}) error {
	path := filepath.Join(t.TempDir(), "b")
	for {
		if _, err := v.Backup(t.Context(), path, false, func(int64, int64) { once(begun) }); err != nil {
			return err
		}
	}
}

func closeAtThePIN(t *testing.T, h *home, v *Vault, begun chan<- struct{}) error {
	p := h.who.prompts()
	p.PIN = func(ctx context.Context, _ PINRequest) (*secret.Bytes, error) {
		once(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	_, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActEnrol, Token: h.everyday.piv()}, p)
	return err
}

func closeIdleCeremony(t *testing.T, h *home, v *Vault, begun chan<- struct{}) error {
	c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActEnrol, Token: h.everyday.piv()}, h.who.prompts())
	if err != nil {
		return err
	}
	once(begun)
	<-c.Done()
	_, err = c.Enrol(t.Context(), newKeyslot(newPaper(t, "1003").piv(), "late", RoleEveryday), h.who.prompts(), nil)
	return errors.Join(err, c.Close())
}

func closeWhileShowing(t *testing.T, h *home, v *Vault, begun chan<- struct{}) error {
	c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActShowWords, Token: h.everyday.piv()}, h.who.prompts())
	if err != nil {
		return err
	}
	err = c.ShowWords(func([][]byte) error {
		once(begun)
		<-c.Done()
		return ErrClosed
	})
	return errors.Join(err, c.Close())
}

func closeWhileWaiting(t *testing.T, h *home, v *Vault, begun chan<- struct{}) error {
	c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActShowWords, Token: h.everyday.piv()}, h.who.prompts())
	if err != nil {
		return err
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	once(begun)
	_, err = v.Identities(t.Context(), Query{}) // waits for the ceremony
	return err
}

// closeAtTheEnd lets the lock begin before the ceremony is closed: what it would have filled the pool with is left for the next one, and that is no
// error.
func closeAtTheEnd(t *testing.T, h *home, v *Vault, begun chan<- struct{}) error {
	c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActShowWords, Token: h.everyday.piv()}, h.who.prompts())
	if err != nil {
		return err
	}
	v.end()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	once(begun)
	_, err = v.Status(t.Context())
	return err
}

func closeWhileRevoking(t *testing.T, h *home, v *Vault, begun chan<- struct{}) error {
	for i := 0; ; i++ {
		c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActRevoke, Token: h.everyday.piv()}, h.who.prompts())
		if err != nil {
			return err
		}
		id, err := c.Enrol(t.Context(), newKeyslot(newPaper(t, string(rune('A'+i))).piv(), "short-lived", RoleEveryday), h.who.prompts(), nil)
		if err == nil {
			_, err = c.Revoke(t.Context(), id, "lost", func(Step) { once(begun) })
		}
		if err = errors.Join(err, c.Close()); err != nil {
			return err
		}
	}
}
