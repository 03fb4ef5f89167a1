package keystore

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"

	"holdfast/internal/durable"
	"holdfast/internal/jcs"
	"holdfast/journal"
	"holdfast/keystore/store"
)

// maxRefusals bounds the file of refusals, so that knocking at a locked vault cannot fill the disk.
const maxRefusals = 64 << 10

// refusal is one attempt that did not open the vault.
type refusal struct {
	Time string `json:"time"` // RFC 3339, UTC
	Why  string `json:"why"`  // an error code of app's table
	Kind string `json:"kind"` // of the token
}

// NoteRefusal keeps an attempt that did not open the vault in the state folder, until the next unlock folds it into the journal. It
// holds no secret, and nothing at all for a vault this machine does not remember.
func NoteRefusal(place Place, why string, kind Kind) error {
	env, err := readEnvelope(place)
	if err != nil {
		return err
	}
	id := env.Core.vaultHex()
	if m, err := readMachine(place, id); err != nil || m == nil {
		return err
	}
	old, err := durable.ReadFile(place.refusalsPath(id), maxRefusals)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	line, err := jcs.Marshal(refusal{Time: now().Format(time.RFC3339), Why: why, Kind: string(kind)})
	if err != nil {
		return err
	}
	if len(old)+len(line)+1 > maxRefusals {
		return nil
	}
	return durable.WriteFile(durable.OS{}, place.refusalsPath(id), append(append(old, line...), '\n'), 0o600)
}

// foldRefusals moves the refusals into the journal. They come from a file that anybody who can write the state folder can write,
// and the journal says so.
func (v *Vault) foldRefusals(ctx context.Context) error {
	path := v.place.refusalsPath(v.ID())
	data, err := durable.ReadFile(path, maxRefusals)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var list []journal.New
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		var r refusal
		if err := jcs.Unmarshal(s.Bytes(), &r, 1024); err != nil || !json.Valid(s.Bytes()) {
			continue // a line that was not ours tells nothing
		}
		list = append(list, journal.New{
			Act: journal.ActRefusal, Phase: journal.Outcome, Subject: v.ID(), Result: journal.Refused,
			Facts: map[string]string{"at": r.Time, "why": r.Why, "kind": r.Kind, "kept_in": "state folder"},
		})
	}
	if len(list) > 0 {
		if err := v.act(ctx, func(tx *store.Tx) error {
			for _, n := range list {
				if _, err := tx.Event(n); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return durable.SyncDir(v.fs, v.place.State)
}
