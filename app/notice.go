package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"holdfast/internal/durable"
	"holdfast/keystore"
)

// Notice is something the owner must know whatever he does: that the vault is not armed, not backed up, open to read only.
type Notice struct {
	ID     string `json:"id"`     // "not-armed", "not-backed-up", "read-only", "unverified-key", "pool-low"
	Why    string `json:"why"`    // message id of the reason; "" when there is only one
	Text   string `json:"text"`   // what is the case, and what that means
	Remedy string `json:"remedy"` // what to do about it
}

// shown is what this machine remembers of a vault's state, so that a command which does not open the vault can still say it. It is a reminder
// and decides nothing.
type shown struct {
	Armed          bool   `json:"armed"`
	ArmedWhyNot    string `json:"armedWhyNot"`
	WordsConfirmed bool   `json:"wordsConfirmed"`
	BackedUp       bool   `json:"backedUp"`
}

// poolLow is the number of succession keys below which the owner is told.
const poolLow = 20

// noticesOf says in words what a vault's state asks of its owner.
func noticesOf(s keystore.Status) []Notice {
	list := shownOf(s).notices()
	if s.ReadOnly != "" {
		x := readOnlyNotice(s.ReadOnly)
		list = append([]Notice{x}, list...)
	}
	if s.PoolLeft < poolLow && s.ReadOnly == "" {
		list = append(list, Notice{
			"pool-low", "", fmt.Sprintf("Succession keys are running out: %d left for new relationships.", s.PoolLeft),
			"Making more takes a key that opens everything, its PIN and a touch.",
		})
	}
	if s.EndedBranch > 0 {
		which := fmt.Sprintf("%d identities sign", s.EndedBranch)
		if s.EndedBranch == 1 {
			which = "1 identity signs"
		}
		list = append(list, Notice{
			"ended-branch", "", which + " no more: made before a key was revoked, or the vault brought back.",
			"They still verify and decrypt; make new ones where they are needed, and tell those who know the old.",
		})
	}
	return list
}

func readOnlyNotice(why string) Notice {
	x := readOnlyWords(why)
	return Notice{"read-only", why, x.What, x.Now}
}

// UnverifiedKey says that a device named by a start flag is in use.
func UnverifiedKey() Notice {
	return Notice{
		"unverified-key", "", "Unverified key: a security key named by its device path is in use, and nothing vouches for it.",
		"Use it for tests and unusual readers only; start without the device path to end this.",
	}
}

func shownOf(s keystore.Status) shown {
	return shown{Armed: s.Armed, ArmedWhyNot: s.WhyNotArmed, WordsConfirmed: s.WordsConfirmed, BackedUp: s.BackedUp}
}

func (s shown) notices() []Notice {
	var list []Notice
	if !s.Armed {
		list = append(list, notArmed(s.ArmedWhyNot))
	}
	switch {
	case !s.WordsConfirmed && !s.BackedUp:
		list = append(list, Notice{
			"not-backed-up", "words-and-backup",
			"Not backed up: the 24 words have not been written down and confirmed, and no backup has been made.",
			"Both are needed: show and confirm the words, and make a backup to another place.",
		})
	case !s.WordsConfirmed:
		list = append(list, Notice{
			"not-backed-up", "words",
			"Not backed up: the 24 words have not been written down and confirmed; a backup alone needs a key to be opened.",
			"Show and confirm the words.",
		})
	case !s.BackedUp:
		list = append(list, Notice{
			"not-backed-up", "backup",
			"Not backed up: the words alone bring back keys, but no relationships, labels or history.",
			"Make a backup to another place than this disk.",
		})
	}
	return list
}

// notArmed says why one lost token could still lose everything.
func notArmed(why string) Notice {
	n := Notice{ID: "not-armed", Why: why}
	switch why {
	case keystore.NotArmedSameToken:
		n.Text = "Not armed: every way in is on one physical key; its smart-card side and its passkey side are lost together."
		n.Remedy = "Add a second, physically different key as recovery key and prove it."
	case keystore.NotArmedUnproven:
		n.Text = "Not armed: the second key has not yet proven that it opens everything, so nobody knows whether it could save the vault."
		n.Remedy = "Let the recovery key prove that it confirms changes."
	case keystore.NotArmedUnknown:
		n.Text = "Not armed: one key does not say which one it is, so it cannot count as a second one."
		n.Remedy = "Add a key that tells its serial number as recovery key; it is proven at once."
	case keystore.NotArmedSecondToken, "":
		n.Text = "Not armed: only one physical key opens this vault; whoever loses it loses everything."
		n.Remedy = "Add a second, physically different key as recovery key; it is proven at once."
	default:
		n.Text = "Not armed: two proven ways in are missing (" + why + ")."
		n.Remedy = "Add a second, physically different key as recovery key; it is proven at once."
	}
	return n
}

// maxShown bounds the file of what was shown last: a few lines.
const maxShown = 64 << 10

func (a *App) shownPath(vault string) string {
	return filepath.Join(a.folders.State, "shown", vault+".json")
}

// remember keeps what the next command shall say without opening the vault.
func (a *App) remember(vault string, s shown) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	path := a.shownPath(vault)
	if old, err := durable.ReadFile(path, maxShown); err == nil && string(old) == string(data) {
		return nil
	}
	if err := durable.MkdirAll(durable.OS{}, filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	return durable.WriteFile(durable.OS{}, path, data, 0o600)
}

// Remembered gives the notices of a vault as they were when it was open last; none when there is no vault, or when this machine has not seen
// it open.
func (a *App) Remembered(p Place) ([]Notice, error) {
	l, err := keystore.Inspect(p)
	if err != nil {
		return nil, err
	}
	data, err := durable.ReadFile(a.shownPath(l.Vault), maxShown)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil && !errors.Is(err, durable.ErrNotPlain) {
		return nil, fmt.Errorf("what was shown last: %w", err)
	}
	var s shown
	if err != nil || json.Unmarshal(data, &s) != nil {
		s = shown{} // a reminder that cannot be read reminds of everything
	}
	return s.notices(), nil
}
