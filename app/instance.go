package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
)

// InstancePath is what the one window of a vault is known by on this machine: a path in the state folder, without its endings. ref is as in Find; where
// several vaults are there and none is named it is the window in which one is chosen.
func (a *App) InstancePath(ref string) (string, error) {
	what := a.folders.Data
	place, err := a.Find(ref)
	var several *ChooseVaultError
	switch {
	case err == nil:
		if what, err = existing(place.Dir); err != nil {
			return "", err
		}
	case !errors.As(err, &several):
		return "", err
	}
	sum := sha256.Sum256([]byte(what))
	return filepath.Join(a.folders.State, "window-"+hex.EncodeToString(sum[:8])), nil
}
