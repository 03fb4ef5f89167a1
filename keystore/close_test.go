package keystore

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"holdfast/internal/limit"
	"holdfast/internal/secret"
	"holdfast/journal"
)

// closings are the kinds of acts that a vault is closed in the middle of. None ends by itself: what ends it is the closing.
var closings = map[string]func(t testing.TB, h *home, v *Vault, begun chan<- struct{}) error{
	"making identities":   closeWhileCreating,
	"a backup":            closeWhileBackingUp,
	"a ceremony's PIN":    closeAtThePIN,
	"an idle ceremony":    closeIdleCeremony,
	"words on the screen": closeWhileShowing,
	"waiting for a turn":  closeWhileWaiting,
	"the end of one":      closeAtTheEnd,
	"a revocation":        closeWhileRevoking,
}

// TestCloseWins closes the vault from another goroutine in the middle of each kind of act: every secret is wiped, the act says that the vault was
// closed, and the next unlock finds it whole.
func TestCloseWins(t *testing.T) {
	for name, act := range closings {
		t.Run(name, func(t *testing.T) { closeDuring(t, act) })
	}
}

// BenchmarkClose is how long the closing takes in the middle of each kind of act.
func BenchmarkClose(b *testing.B) {
	for name, act := range closings {
		b.Run(name, func(b *testing.B) {
			limit.Median(b, 2*time.Second, func() time.Duration {
				v := benchVault(b)
				begun, ended := make(chan struct{}, 1), make(chan error, 1)
				go func() { ended <- act(b, &home{place: benchPlace, everyday: benchToken}, v, begun) }()
				<-begun
				start := time.Now()
				if err := v.Close(); err != nil {
					b.Errorf("close: %v", err)
				}
				took := time.Since(start)
				if err := <-ended; !errors.Is(err, ErrClosed) {
					b.Errorf("the act ended with: %v", err)
				}
				return took
			})
		})
	}
}

// closeDuring closes a vault in the middle of an act.
func closeDuring(t *testing.T, act func(t testing.TB, h *home, v *Vault, begun chan<- struct{}) error) {
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
	if err := v.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
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
}

// once tells the test that the act is under way, the first time it is called.
func once(begun chan<- struct{}) {
	select {
	case begun <- struct{}{}:
	default:
	}
}

func closeWhileCreating(t testing.TB, _ *home, v *Vault, begun chan<- struct{}) error {
	const n = 1_000_000
	last := 0
	_, _, err := v.CreateIdentities(t.Context(), n, func(i int) NewIdentity {
		if last = i; i == 700 {
			once(begun)
			<-v.life.Done()
		}
		return plainIdentity("many")
	}, nil)
	if last >= batchSize(n) {
		t.Errorf("it went on to number %d", last)
	}
	return err
}

func closeWhileBackingUp(t testing.TB, _ *home, v *Vault, begun chan<- struct{}) error {
	path := filepath.Join(t.TempDir(), "b")
	for {
		if _, err := v.Backup(t.Context(), path, false, func(int64, int64) { once(begun) }); err != nil {
			return err
		}
	}
}

func closeAtThePIN(t testing.TB, h *home, v *Vault, begun chan<- struct{}) error {
	p := h.who.prompts()
	p.PIN = func(ctx context.Context, _ PINRequest) (*secret.Bytes, error) {
		once(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	_, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActEnrol, Token: h.everyday.piv()}, p)
	return err
}

func closeIdleCeremony(t testing.TB, h *home, v *Vault, begun chan<- struct{}) error {
	c, err := v.Ceremony(t.Context(), CeremonyRequest{Act: journal.ActEnrol, Token: h.everyday.piv()}, h.who.prompts())
	if err != nil {
		return err
	}
	once(begun)
	<-c.Done()
	_, err = c.Enrol(t.Context(), newKeyslot(newPaper(t, "1003").piv(), "late", RoleEveryday), h.who.prompts(), nil)
	return errors.Join(err, c.Close())
}

func closeWhileShowing(t testing.TB, h *home, v *Vault, begun chan<- struct{}) error {
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

func closeWhileWaiting(t testing.TB, h *home, v *Vault, begun chan<- struct{}) error {
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
func closeAtTheEnd(t testing.TB, h *home, v *Vault, begun chan<- struct{}) error {
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

func closeWhileRevoking(t testing.TB, h *home, v *Vault, begun chan<- struct{}) error {
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
