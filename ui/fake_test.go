package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast/app"
	"holdfast/keystore"
)

// fake stands in for the use cases. What it answers is set by the test before the window asks; what was asked of it stands in calls.
type fake struct {
	mu      sync.Mutex
	calls   []string // guarded by mu
	names   []string // vaults; guarded by mu
	locked  app.LockedVault
	notices []app.Notice
	session *fakeSession
	saved   app.WindowSettings // guarded by mu
	err     error              // what SetUp, Unlock, Restore and Recover answer with
	asks    func(ctx context.Context, p app.Prompts) error
	events  chan app.TokenEvent
	plugged []app.Token // guarded by mu
	fakeRecovery
	facts map[string]app.TokenFacts // what sides say of themselves, by id; guarded by mu
}

func (f *fake) called(format string, a ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf(format, a...))
}

func (f *fake) said(call string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.calls, call)
}

func (f *fake) Vaults() ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.names, nil
}

func (f *fake) Find(ref string) (app.Place, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ref == "" && len(f.names) > 1 {
		return app.Place{}, &app.ChooseVaultError{Names: f.names}
	}
	return app.Place{Dir: "/vaults/main.vault", State: "/state"}, nil
}

func (f *fake) Locked(app.Place) (app.LockedVault, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.names) == 0 {
		return app.LockedVault{}, keystore.ErrNoVault
	}
	return f.locked, f.lockedErr
}

// damage makes the vault one that cannot be read.
func (f *fake) damage() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lockedErr = &keystore.DamagedError{What: "envelope", Why: errors.New("x 1")}
}

func (f *fake) Remembered(app.Place) ([]app.Notice, error) { return f.notices, nil }

func (f *fake) PlaceForNew(string) (app.Place, error) {
	return app.Place{Dir: "/vaults/main.vault"}, nil
}

func (f *fake) Tokens(context.Context) ([]app.Token, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.plugged, nil
}

func (f *fake) WatchTokens(ctx context.Context) <-chan app.TokenEvent {
	out := make(chan app.TokenEvent)
	go func() {
		defer close(out)
		for {
			select {
			case e := <-f.events:
				select {
				case out <- e:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (f *fake) TokenFacts(_ context.Context, ref string) (app.TokenFacts, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if facts, ok := f.facts[ref]; ok {
		return facts, nil
	}
	return app.TokenFacts{PINTries: 3}, nil
}

// opens is what SetUp, Unlock, Restore and Recover share: ask the person, then the session or the error.
func (f *fake) opens(ctx context.Context, p app.Prompts) (Session, error) {
	if f.asks != nil {
		if err := f.asks(ctx, p); err != nil {
			return nil, err
		}
	}
	if f.err != nil {
		return nil, f.err
	}
	if _, locked := f.session.Locked(); locked {
		f.session = f.session.again()
	}
	return f.session, nil
}

func (f *fake) SetUp(ctx context.Context, n app.NewVault, p app.Prompts, steps func(app.Step)) (Session, error) {
	f.called("set up %q %s", n.Label, n.Token)
	steps(app.Step{ID: "step-write"})
	return f.opens(ctx, p)
}

func (f *fake) Unlock(ctx context.Context, u app.Unlock, p app.Prompts) (Session, error) {
	f.called("unlock %q %q", u.Vault, u.Token)
	if len(u.OwnerWords) > 0 {
		f.called("owner words %q", u.OwnerWords)
	}
	return f.opens(ctx, p)
}

// fakeSession stands in for an open vault.
type fakeSession struct {
	f          *fake
	mu         sync.Mutex
	status     app.Status         // guarded by mu
	identities []app.Identity     // guarded by mu
	journal    []app.JournalEvent // guarded by mu
	why        app.LockReason     // guarded by mu
	done       chan struct{}      // closed when locked
	hold       chan struct{}      // when not nil, Identities waits for it or for ctx
	curve      string             // of the identity that was made last
	filter     app.JournalFilter  // asked for last; guarded by mu
	findings   []app.Finding      // of VerifyJournal; guarded by mu
	locking    fakeLocking        // guarded by mu
	acts       func(ctx context.Context, p app.Prompts) error
	fakeSessionRecovery
}

func newFakeSession(f *fake) *fakeSession {
	s := &fakeSession{f: f, done: make(chan struct{}), locking: fakeLocking{moved: make(chan struct{})}}
	s.status = app.Status{Status: keystore.Status{Armed: false, WhyNotArmed: keystore.NotArmedSecondToken, Identities: 3, PoolLeft: 100}, Keyslots: []app.KeyslotInfo{{
		ID: "00aa", Kind: keystore.KindPIV, Role: app.RoleEveryday, Label: "blue 1", Tiers: []app.Tier{app.TierVault, app.TierMaster}, Physical: "soft:1", Serial: "1",
		Enrolled: day(1), ProvenVault: day(1), WayIn: true,
	}}}
	s.status.Notices = []app.Notice{{ID: "not-armed", Text: "Not armed: 1.", Remedy: "2."}, {ID: "not-backed-up", Why: "words-and-backup", Text: "Not backed up: 1.", Remedy: "2."}}
	for i := range 3 {
		s.identities = append(s.identities, app.Identity{ID: fmt.Sprintf("%032x", i), DID: fmt.Sprintf("did:key:z6Mk%040d", i), Label: fmt.Sprintf("label %d", i), Method: "key", Created: day(i)})
		s.journal = append(s.journal, app.JournalEvent{Number: uint64(i + 1), Time: day(i), Act: "create-identity", Subject: fmt.Sprintf("did:key:z6Mk%040d", i), Result: "ok"})
	}
	return s
}

// again is the same vault, opened once more.
func (s *fakeSession) again() *fakeSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := newFakeSession(s.f)
	next.status, next.identities, next.journal, next.fakeSessionRecovery = s.status, s.identities, s.journal, s.fakeSessionRecovery
	return next
}

// day is a fixed time.
func day(n int) time.Time { return time.Date(2026, time.March, 1+n, 12, 0, 0, 0, time.UTC) }

func (s *fakeSession) Token() app.Token {
	return app.Token{ID: "piv:1", Kind: app.SidePIV, Name: "Soft 1", Physical: "soft:1"}
}
func (s *fakeSession) Place() app.Place      { return app.Place{Dir: "/vaults/main.vault"} }
func (s *fakeSession) Done() <-chan struct{} { return s.done }
func (s *fakeSession) Close() error          { return s.Lock(app.LockedByOwner) }

func (s *fakeSession) Locked() (app.LockReason, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why, s.why != ""
}

func (s *fakeSession) Lock(why app.LockReason) error {
	s.mu.Lock()
	if stuck := s.locking.stuck; stuck != nil {
		s.mu.Unlock()
		<-stuck
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	if s.why == "" {
		s.why = why
		close(s.done)
		s.f.called("lock %s", why)
	}
	return nil
}

func (s *fakeSession) Status(context.Context) (app.Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status, s.open()
}

// open refuses what a locked vault refuses; mu is held.
func (s *fakeSession) open() error {
	if s.why != "" {
		return app.ErrLocked
	}
	return nil
}

func (s *fakeSession) Notices(context.Context) ([]app.Notice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status.Notices, s.open()
}

func (s *fakeSession) Keyslots(context.Context) ([]app.KeyslotInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status.Keyslots, s.open()
}

// ceremony is what acts that open the master secret share.
func (s *fakeSession) ceremony(ctx context.Context, p app.Prompts, format string, a ...any) error {
	s.f.called(format, a...)
	if s.acts != nil {
		return s.acts(ctx, p)
	}
	return nil
}

func (s *fakeSession) Enrol(ctx context.Context, n app.NewKeyslot, how app.Ceremony, p app.Prompts, steps func(app.Step)) (string, error) {
	steps(app.Step{ID: "step-make-keys"})
	return "00bb", s.ceremony(ctx, p, "enrol %q %s %s %v confirmed by %q", n.Label, n.Token, n.Role, n.Tiers, how.Token)
}

func (s *fakeSession) Prove(ctx context.Context, ref string, tier app.Tier, _ app.WaitFor, p app.Prompts) (string, error) {
	return ref, s.ceremony(ctx, p, "prove %s %s", ref, tier)
}

func (s *fakeSession) Revoke(ctx context.Context, ref, reason string, _ app.Ceremony, p app.Prompts, _ func(app.Step)) (app.Revoked, error) {
	return app.Revoked{Remains: []string{"1."}}, s.ceremony(ctx, p, "revoke %s %s", ref, reason)
}

func (s *fakeSession) Create(_ context.Context, n app.NewIdentities, progress func(int)) (int, []app.Identity, error) {
	s.curve = n.Curve
	s.f.called("create %d %s %q %q", n.Count, n.Method, n.Label, n.Party)
	progress(n.Count)
	s.mu.Lock()
	defer s.mu.Unlock()
	made := app.Identity{ID: fmt.Sprintf("%032x", len(s.identities)), DID: fmt.Sprintf("did:key:z6Mk%040d", len(s.identities)), Label: n.Label, Method: string(n.Method), Created: day(5)}
	s.identities = append([]app.Identity{made}, s.identities...)
	return n.Count, []app.Identity{made}, nil
}

func (s *fakeSession) Identities(ctx context.Context, q app.Query) ([]app.Identity, error) {
	if s.hold != nil {
		select {
		case <-s.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []app.Identity
	for _, id := range s.identities {
		if fits(id, q) {
			out = append(out, id)
		}
	}
	if at := slices.IndexFunc(out, func(id app.Identity) bool { return id.ID == q.After }); q.After != "" && at >= 0 {
		out = out[at+1:]
	}
	out = out[min(q.Skip, len(out)):]
	if q.Limit > 0 && len(out) > q.Limit {
		out = out[:q.Limit]
	}
	return out, s.open()
}

func (s *fakeSession) CountIdentities(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.identities), s.open()
}

func (s *fakeSession) Identity(_ context.Context, ref string) (app.Identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.identities {
		if id.ID == ref || id.DID == ref {
			return id, s.open()
		}
	}
	return app.Identity{}, keystore.ErrNotFound
}

func (s *fakeSession) SignText(_ context.Context, ref, text string) (string, error) {
	s.f.called("sign text %s %q", ref, text)
	return "eyJ.eyJ.c2ln", nil
}

func (s *fakeSession) SignFile(_ context.Context, ref, path string, progress func(done, total int64)) (string, error) {
	s.f.called("sign file %s %s", ref, path)
	progress(1, 1)
	return "eyJ.eyJ.c2ln", nil
}

func (s *fakeSession) Journal(_ context.Context, f app.JournalFilter) ([]app.JournalEvent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []app.JournalEvent
	for _, e := range slices.Backward(s.journal) {
		if strings.Contains(string(e.Act)+e.Subject, f.Text) && (f.Act == "" || f.Act == e.Act) && (f.Before == 0 || e.Number < f.Before) && (f.Limit <= 0 || len(out) < f.Limit) {
			out = append(out, e)
		}
	}
	return out, s.open()
}

func (s *fakeSession) JournalLines(ctx context.Context, f app.JournalFilter) ([]app.JournalLine, error) {
	s.mu.Lock()
	if ctx.Err() == nil { // one that a newer has ended may come later than that
		s.filter = f
	}
	s.mu.Unlock()
	list, err := s.Journal(ctx, f)
	var lines []app.JournalLine
	for _, e := range list {
		lines = append(lines, app.JournalLine{Event: e, Entries: 1, Words: fmt.Sprintf("identity made: label %d", e.Number-1)})
	}
	return lines, err
}

func (s *fakeSession) Short(context.Context, app.NewIdentities) (int, bool, error) {
	return 100, false, nil
}

func (s *fakeSession) Stock(ctx context.Context, n app.NewIdentities, _ app.Ceremony, p app.Prompts, progress func(int)) error {
	progress(n.Count)
	return s.ceremony(ctx, p, "stock %d", n.Count)
}

func (s *fakeSession) VerifyJournal(_ context.Context, progress func(done, total int)) ([]app.Finding, error) {
	s.f.called("verify journal")
	progress(3, 3)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.findings, s.open()
}

func (s *fakeSession) ExportJournal(_ context.Context, w io.Writer, _ app.JournalFilter, names bool) (int, error) {
	s.f.called("export journal %v", names)
	_, err := io.WriteString(w, "{}\n")
	return 1, err
}
