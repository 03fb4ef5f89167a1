package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// vaultSuffix ends the name of every vault folder.
const vaultSuffix = ".vault"

// FirstVault is the name a vault gets when the person names none.
const FirstVault = "main"

// Folders are where this person's vaults and what this machine remembers of them live, as absolute paths.
type Folders struct {
	Data  string // vaults: NAME.vault below it
	State string // what this machine remembers: owner keys, anchors, labels for the locked screen
}

// FoldersOf follows the XDG Base Directory Specification 0.8: $XDG_DATA_HOME/holdfast and $XDG_STATE_HOME/holdfast, with the defaults below home
// where a variable is empty or not absolute.
func FoldersOf(getenv func(string) string, home string) (Folders, error) {
	data, state := getenv("XDG_DATA_HOME"), getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(home) && (!filepath.IsAbs(data) || !filepath.IsAbs(state)) {
		return Folders{}, &NoHomeError{home}
	}
	if !filepath.IsAbs(data) {
		data = filepath.Join(home, ".local", "share")
	}
	if !filepath.IsAbs(state) {
		state = filepath.Join(home, ".local", "state")
	}
	return Folders{Data: filepath.Join(data, "holdfast"), State: filepath.Join(state, "holdfast")}, nil
}

// NoHomeError says that the environment names no home folder to keep vaults in.
type NoHomeError struct{ Home string }

// Error implements error.
func (e *NoHomeError) Error() string {
	return fmt.Sprintf("home folder %q is not an absolute path", e.Home)
}

// ChooseVaultError says that several vaults exist and none was named.
type ChooseVaultError struct{ Names []string }

// Error implements error.
func (e *ChooseVaultError) Error() string {
	return fmt.Sprintf("several vaults exist: %s", strings.Join(e.Names, ", "))
}

// VaultNameError refuses a name that cannot be a vault's.
type VaultNameError struct{ Name string }

// Error implements error.
func (e *VaultNameError) Error() string { return fmt.Sprintf("%q is no name for a vault", e.Name) }

// Vaults lists the names of the vaults in the data folder, sorted.
func (a *App) Vaults() ([]string, error) {
	entries, err := os.ReadDir(a.folders.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing vaults: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), vaultSuffix); ok && e.IsDir() && name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Find gives the place of an existing vault: named by name or folder, or the only one there is when ref is empty.
func (a *App) Find(ref string) (Place, error) {
	if ref != "" {
		return a.place(ref)
	}
	names, err := a.Vaults()
	if err != nil {
		return Place{}, err
	}
	switch len(names) {
	case 0:
		return a.place(FirstVault)
	case 1:
		return a.place(names[0])
	default:
		return Place{}, &ChooseVaultError{Names: names}
	}
}

// PlaceForNew gives the place of a vault that is to be made, and refuses folders that other programs copy about.
func (a *App) PlaceForNew(ref string) (Place, error) {
	if ref == "" {
		ref = FirstVault
	}
	p, err := a.place(ref)
	if err != nil {
		return Place{}, err
	}
	return p, refuseSynced(p.Dir)
}

// place turns a name, or a path when it holds a separator or ends in ".vault", into a place.
func (a *App) place(ref string) (Place, error) {
	if strings.ContainsRune(ref, os.PathSeparator) || strings.HasSuffix(ref, vaultSuffix) {
		dir, err := filepath.Abs(ref)
		if err != nil {
			return Place{}, fmt.Errorf("folder %q: %w", ref, err)
		}
		return Place{Dir: dir, State: a.folders.State}, nil
	}
	if strings.HasPrefix(ref, ".") || strings.ContainsAny(ref, `/\`) || strings.ContainsFunc(ref, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return Place{}, &VaultNameError{Name: ref}
	}
	return Place{Dir: filepath.Join(a.folders.Data, ref+vaultSuffix), State: a.folders.State}, nil
}
