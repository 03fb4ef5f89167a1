package keystore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"holdfast/journal"
	"holdfast/keystore/store"
)

// The decisive settings of locking: rows that are authenticated, since whoever could loosen them unseen would find vaults open.
const (
	settingIdle  = "lock-when-idle"       // whole seconds; 0 never
	settingToken = "lock-when-token-left" // "yes" or "no"
)

// Locking says when an open vault locks by itself, besides when its machine sleeps or its owner leaves, which no setting changes.
type Locking struct {
	Idle      time.Duration // without an act or a sign of the owner; 0 never
	WithToken bool          // when the token that opened it is unplugged
}

// DefaultLocking is in force until the owner chooses, and where what he chose cannot be read.
func DefaultLocking() Locking { return Locking{Idle: 5 * time.Minute, WithToken: true} }

// LongestIdle bounds what can be chosen besides never.
const LongestIdle = 24 * time.Hour

// LockingError refuses a time that cannot be chosen.
type LockingError struct{ Idle time.Duration }

// Error implements error.
func (e *LockingError) Error() string {
	return fmt.Sprintf("locking after %v: from 10s to %v in whole seconds, or never", e.Idle, LongestIdle)
}

// check refuses what could not be told from a mistake: an idle time that locks under the owner's hands, or none that ever comes.
func (l Locking) check() error {
	if l.Idle != 0 && (l.Idle < 10*time.Second || l.Idle > LongestIdle || l.Idle%time.Second != 0) {
		return &LockingError{l.Idle}
	}
	return nil
}

// Loosens reports whether next leaves the vault open where l would lock it.
func (l Locking) Loosens(next Locking) bool {
	longer := l.Idle != 0 && (next.Idle == 0 || next.Idle > l.Idle)
	return longer || l.WithToken && !next.WithToken
}

// Locking gives the owner's settings of locking. With an error it gives the defaults, so that a setting nobody can read opens nothing.
func (v *Vault) Locking(ctx context.Context) (Locking, error) {
	l, err := during(ctx, v, reads, v.locking)
	if err != nil {
		return DefaultLocking(), err
	}
	return l, nil
}

func (v *Vault) locking(ctx context.Context) (Locking, error) {
	l := DefaultLocking()
	idle, set, err := v.db.Setting(ctx, settingIdle)
	if err != nil {
		return l, err
	}
	if set {
		seconds, err := strconv.ParseUint(idle, 10, 31)
		if err != nil {
			return l, damaged("database", "setting %s is %q", settingIdle, idle)
		}
		l.Idle = time.Duration(seconds) * time.Second
	}
	with, set, err := v.db.Setting(ctx, settingToken)
	if err != nil {
		return DefaultLocking(), err
	}
	switch {
	case set && with != "yes" && with != "no":
		return DefaultLocking(), damaged("database", "setting %s is %q", settingToken, with)
	case set:
		l.WithToken = with == "yes"
	}
	return l, nil
}

// SetLocking changes the settings of locking. What tightens them is done at once; what loosens them wants the touch of a token that opens the vault,
// so that malware or a passer-by cannot keep an open vault open: without one it is ErrNeedsTouch.
func (v *Vault) SetLocking(ctx context.Context, next Locking, by *Present, p Prompts) error {
	if err := next.check(); err != nil {
		return err
	}
	return v.turnOf(ctx, func(ctx context.Context) error {
		if err := v.usable(changes); err != nil {
			return err
		}
		now, err := v.locking(ctx)
		if err != nil {
			return err
		}
		if now == next {
			return nil
		}
		confirmed := ""
		if now.Loosens(next) {
			if confirmed, err = v.touched(ctx, by, p); err != nil {
				return err
			}
		}
		return v.putLocking(ctx, now, next, confirmed)
	})
}

// touched opens the vault tier of a token from the bytes on disk, which takes a touch, and gives the keyslot's id. Nothing that was opened is kept.
func (v *Vault) touched(ctx context.Context, by *Present, p Prompts) (string, error) {
	if by == nil {
		return "", ErrNeedsTouch
	}
	env, err := readEnvelope(v.place)
	if err != nil {
		return "", err
	}
	k, err := v.find(ctx, OpenRequest{Token: *by})
	if err != nil {
		return "", err
	}
	if k = env.Core.slot(k.hexID()); k == nil {
		return "", ErrNoKeyslotForToken
	}
	g := Gate{Prompts: p, Touch: TouchRequest{Act: actLoosen, Token: by.Name, Number: 1, Of: 1, Requester: requester}}
	key, err := env.Core.open(ctx, k, TierVault, *by, g)
	if err != nil {
		return "", err
	}
	same := key.Equal(v.vaultKey)
	key.Destroy()
	if !same {
		return "", damaged("envelope", "the keyslot opens another vault key")
	}
	return k.hexID(), nil
}

// putLocking writes each setting that changes with an event of its own: a row carries the event that set it.
func (v *Vault) putLocking(ctx context.Context, was, next Locking, confirmed string) error {
	return v.act(ctx, func(tx *store.Tx) error {
		put := func(name, from, to string) error {
			if from == to {
				return nil
			}
			facts := map[string]string{"setting": name, "was": from, "is": to}
			if confirmed != "" {
				facts["confirmed_with"] = confirmed
			}
			e, err := tx.Event(journal.New{Act: journal.ActSetting, Phase: journal.Outcome, Subject: v.ID(), Result: journal.OK, Facts: facts})
			if err != nil {
				return err
			}
			return tx.PutSetting(name, to, e.Number)
		}
		if err := put(settingIdle, seconds(was.Idle), seconds(next.Idle)); err != nil {
			return err
		}
		return put(settingToken, yesNo(was.WithToken), yesNo(next.WithToken))
	})
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
