package ui

import (
	"context"
	"errors"

	"holdfast/app"
	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/keystore/derive"
)

// fakeRecovery is what the fake answers about backups, the sheet and disks.
type fakeRecovery struct {
	header    app.BackupHeader
	headerErr error
	lockedErr error // what Locked answers; guarded by mu
	sheetErr  error // what SaveSheet answers where it may not replace
	printErr  error
	disks     []app.Disk
	restored  app.Restored
	recovered app.Recovered
	typed     func(words *app.Secret) error // looks at the words that were given; nil takes any
}

func (f *fake) InspectBackup(path string) (app.BackupHeader, error) {
	f.called("inspect %s", path)
	return f.header, f.headerErr
}

func (f *fake) SaveSheet(_ app.Place, path string, replace bool) error {
	f.called("sheet %s %v", path, replace)
	if replace {
		return nil
	}
	return f.sheetErr
}

func (f *fake) PrintSheet(context.Context, app.Place) error {
	f.called("print")
	return f.printErr
}

func (f *fake) Disks() ([]app.Disk, error) { return f.disks, nil }

func (f *fake) Restore(ctx context.Context, r app.Restore, p app.Prompts, steps func(app.Step)) (Session, app.Restored, error) {
	f.called("restore %q as %q with %q words %v owner %q", r.Backup, r.Vault, r.Token.Token, r.Words != nil, r.OwnerWords)
	steps(app.Step{ID: "step-unpack", Done: 1, Total: 2})
	if f.typed != nil {
		if err := f.typed(r.Words); err != nil {
			return nil, app.Restored{}, err
		}
	}
	s, err := f.opens(ctx, p)
	return s, f.restored, err
}

func (f *fake) Recover(ctx context.Context, r app.Recover, p app.Prompts, steps func(app.Step)) (Session, app.Recovered, error) {
	f.called("recover %q known %q label %q", r.Vault, r.Known, r.Token.Label)
	steps(app.Step{ID: "step-scan"})
	s, err := f.opens(ctx, p)
	return s, f.recovered, err
}

// fakeSessionRecovery is what the fake's open vault answers about recovery.
type fakeSessionRecovery struct {
	state     app.RecoveryState
	at        app.BackupPlace
	atErr     error
	backupErr error
	writing   chan struct{} // when not nil, Backup waits for it or for ctx
}

func (s *fakeSession) RecoveryState(context.Context) (app.RecoveryState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, s.open()
}

func (s *fakeSession) BackupPlace(typed string) (app.BackupPlace, error) {
	at := s.at
	at.Path = typed
	return at, s.atErr
}

func (s *fakeSession) Backup(ctx context.Context, path string, elsewhere, replace bool, progress func(done, total int64)) (app.BackupInfo, error) {
	s.f.called("backup %s %v %v", path, elsewhere, replace)
	progress(1, 2)
	if s.writing != nil {
		select {
		case <-s.writing:
		case <-ctx.Done():
			return app.BackupInfo{}, ctx.Err()
		}
	}
	if s.backupErr != nil {
		return app.BackupInfo{}, s.backupErr
	}
	return app.BackupInfo{Path: path, Size: 3 << 20, Identities: 3, Time: day(3), SameDevice: s.at.SameDisk && !elsewhere}, nil
}

// fakeWord is the word of the fake's vault at a position, from 1.
func fakeWord(n int) string { return derive.Word(n * 80) }

// wordsToAsk are the positions that the fake asks back.
func wordsToAsk() []int { return []int{3, 11, 20} }

func (s *fakeSession) ShowWords(ctx context.Context, w app.Words, _ app.Ceremony, p app.Prompts) error {
	if err := s.ceremony(ctx, p, "show words"); err != nil {
		return err
	}
	for {
		err := s.showAndAsk(ctx, w)
		var wrong *keystore.WrongWordError
		if errors.As(err, &wrong) && w.Again(ctx, err) {
			continue
		}
		if err == nil {
			s.f.called("words confirmed")
		}
		return err
	}
}

func (s *fakeSession) showAndAsk(ctx context.Context, w app.Words) error {
	var words [][]byte
	for i := range 24 {
		words = append(words, []byte(fakeWord(i+1)))
	}
	err := w.Show(words)
	for _, word := range words {
		clear(word) // as the core wipes what it lent
	}
	if err != nil {
		return err
	}
	for _, n := range wordsToAsk() {
		said, err := w.Ask(ctx, n)
		if err != nil {
			return err
		}
		want, err := secret.Move([]byte(fakeWord(n)))
		if err != nil {
			return err
		}
		same := said.Equal(want)
		said.Destroy()
		want.Destroy()
		if !same {
			return &keystore.WrongWordError{Position: n}
		}
	}
	return nil
}

func (s *fakeSession) NewBranch(ctx context.Context, _ app.Ceremony, p app.Prompts, steps func(app.Step)) (uint32, error) {
	steps(app.Step{ID: "step-check"})
	return 2, s.ceremony(ctx, p, "new branch")
}

func (s *fakeSession) FillPool(ctx context.Context, n int, _ app.Ceremony, p app.Prompts, progress func(int)) error {
	progress(n)
	return s.ceremony(ctx, p, "fill pool %d", n)
}
