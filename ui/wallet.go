package ui

import (
	"context"
	"io"
	"time"

	"holdfast/app"
)

// Wallet is what the window needs of the use cases. Everything but the first four may take long and is called off the UI thread.
type Wallet interface {
	Vaults() ([]string, error)
	Find(ref string) (app.Place, error)
	Locked(p app.Place) (app.LockedVault, error)
	Remembered(p app.Place) ([]app.Notice, error)

	Tokens(ctx context.Context) ([]app.Token, error)
	WatchTokens(ctx context.Context) <-chan app.TokenEvent
	TokenFacts(ctx context.Context, ref string) (app.TokenFacts, error)

	PlaceForNew(ref string) (app.Place, error)
	SetUp(ctx context.Context, n app.NewVault, p app.Prompts, steps func(app.Step)) (Session, error)
	Unlock(ctx context.Context, u app.Unlock, p app.Prompts) (Session, error)
	InspectBackup(path string) (app.BackupHeader, error)
	SaveSheet(p app.Place, path string, replace bool) error
	PrintSheet(ctx context.Context, p app.Place) error
	Disks() ([]app.Disk, error)
	Restore(ctx context.Context, r app.Restore, p app.Prompts, steps func(app.Step)) (Session, app.Restored, error)
	Recover(ctx context.Context, r app.Recover, p app.Prompts, steps func(app.Step)) (Session, app.Recovered, error)

	SaveWindowSettings(s app.WindowSettings) error
}

// Session is what the window needs of an open vault.
type Session interface {
	Token() app.Token
	Place() app.Place
	Done() <-chan struct{}
	Locked() (app.LockReason, bool)
	Hold(ctx context.Context, most time.Duration) (app.Locking, error)
	Stir()
	Swap(ctx context.Context)
	Away() (locks time.Time, changed <-chan struct{})
	Locking(ctx context.Context) (app.Locking, error)
	SetLocking(ctx context.Context, next app.Locking, wait app.WaitFor, p app.Prompts) error
	Lock(why app.LockReason) error
	Close() error

	Status(ctx context.Context) (app.Status, error)
	Notices(ctx context.Context) ([]app.Notice, error)

	Keyslots(ctx context.Context) ([]app.KeyslotInfo, error)
	Enrol(ctx context.Context, n app.NewKeyslot, how app.Ceremony, p app.Prompts, steps func(app.Step)) (id string, err error)
	Prove(ctx context.Context, ref string, tier app.Tier, wait app.WaitFor, p app.Prompts) (id string, err error)
	Revoke(ctx context.Context, ref, reason string, how app.Ceremony, p app.Prompts, steps func(app.Step)) (app.Revoked, error)
	RecoveryState(ctx context.Context) (app.RecoveryState, error)
	BackupPlace(typed string) (app.BackupPlace, error)
	ShowWords(ctx context.Context, w app.Words, how app.Ceremony, p app.Prompts) error
	NewBranch(ctx context.Context, how app.Ceremony, p app.Prompts, steps func(app.Step)) (branch uint32, err error)
	FillPool(ctx context.Context, n int, how app.Ceremony, p app.Prompts, progress func(made int)) error
	Short(ctx context.Context, n app.NewIdentities) (left int, short bool, err error)
	Stock(ctx context.Context, n app.NewIdentities, how app.Ceremony, p app.Prompts, progress func(made int)) error
	Backup(ctx context.Context, path string, elsewhere, replace bool, progress func(done, total int64)) (app.BackupInfo, error)

	Create(ctx context.Context, n app.NewIdentities, progress func(done int)) (made int, first []app.Identity, err error)
	Identities(ctx context.Context, q app.Query) ([]app.Identity, error)
	CountFound(ctx context.Context, q app.Query) (int, error)
	CountIdentities(ctx context.Context) (int, error)
	Identity(ctx context.Context, ref string) (app.Identity, error)
	SignText(ctx context.Context, ref, text string) (jws string, err error)
	SignFile(ctx context.Context, ref, path string, progress func(done, total int64)) (jws string, err error)

	Journal(ctx context.Context, f app.JournalFilter) ([]app.JournalEvent, error)
	JournalLines(ctx context.Context, f app.JournalFilter) ([]app.JournalLine, error)
	VerifyJournal(ctx context.Context, progress func(done, total int)) ([]app.Finding, error)
	ExportJournal(ctx context.Context, w io.Writer, f app.JournalFilter, names bool) (lines int, err error)
}

var _ Session = (*app.Session)(nil)

// UseCases are the use cases as the window takes them.
type UseCases struct{ *app.App }

var _ Wallet = UseCases{}

// open keeps a session that was not made from looking like one that is nil inside.
func open(s *app.Session) Session {
	if s == nil {
		return nil
	}
	return s
}

// Disks implements Wallet.
func (UseCases) Disks() ([]app.Disk, error) { return app.Disks() }

// SetUp implements Wallet.
func (u UseCases) SetUp(ctx context.Context, n app.NewVault, p app.Prompts, steps func(app.Step)) (Session, error) {
	s, err := u.App.SetUp(ctx, n, p, steps)
	return open(s), err
}

// Unlock implements Wallet.
func (u UseCases) Unlock(ctx context.Context, n app.Unlock, p app.Prompts) (Session, error) {
	s, err := u.App.Unlock(ctx, n, p)
	return open(s), err
}

// Restore implements Wallet.
func (u UseCases) Restore(ctx context.Context, r app.Restore, p app.Prompts, steps func(app.Step)) (Session, app.Restored, error) {
	s, report, err := u.App.Restore(ctx, r, p, steps)
	return open(s), report, err
}

// Recover implements Wallet.
func (u UseCases) Recover(ctx context.Context, r app.Recover, p app.Prompts, steps func(app.Step)) (Session, app.Recovered, error) {
	s, report, err := u.App.Recover(ctx, r, p, steps)
	return open(s), report, err
}
