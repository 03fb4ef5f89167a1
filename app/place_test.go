package app

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestFoldersFollowXDG(t *testing.T) {
	env := map[string]string{"XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "relative"}
	f, err := FoldersOf(func(k string) string { return env[k] }, "/home/x")
	if err != nil || f.Data != "/d/holdfast" || f.State != "/home/x/.local/state/holdfast" {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := FoldersOf(func(string) string { return "" }, ""); err == nil {
		t.Error("no home and no variables: no folders")
	}
}

func TestSyncedFoldersAreRefused(t *testing.T) {
	root := t.TempDir()
	a := New(nil, Folders{Data: root, State: root})
	for _, folder := range []string{"Dropbox", "Dropbox (Work)", "OneDrive", "OneDrive - Example", "Google Drive", "Nextcloud", "com~apple~CloudDocs"} {
		var synced *SyncedFolderError
		if _, err := a.PlaceForNew(filepath.Join(root, folder, "deep", "x.vault")); !errors.As(err, &synced) {
			t.Errorf("%s: %v", folder, err)
		}
	}
	marked := filepath.Join(root, "plain")
	if err := os.MkdirAll(filepath.Join(marked, ".stfolder"), 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(root, "link")
	if err := os.Symlink(marked, link); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{marked, link} {
		if _, err := a.PlaceForNew(filepath.Join(dir, "x.vault")); err == nil {
			t.Errorf("%s is taken", dir)
		}
	}
	if p, err := a.PlaceForNew(filepath.Join(root, "notdropbox", "x.vault")); err != nil || p.Name() != "x" {
		t.Errorf("%v, %v", p, err)
	}
}

// TestAVaultThatIsSyncedIsNotUnlocked: the folder was nobody's when the vault was made in it, and another program's
// since.
func TestAVaultThatIsSyncedIsNotUnlocked(t *testing.T) {
	d := newSoft(t)
	a := home(t, d)
	_, s := set(t, d, a)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(filepath.Dir(s.Place().Dir), ".stfolder"), 0o700); err != nil {
		t.Fatal(err)
	}
	var synced *SyncedFolderError
	if _, err := a.Unlock(t.Context(), Unlock{}, nobody()); !errors.As(err, &synced) {
		t.Errorf("unlocked, or asked for a PIN: %v", err)
	}
}

func TestNamesOfVaults(t *testing.T) {
	root := t.TempDir()
	a := New(nil, Folders{Data: root, State: root})
	for _, bad := range []string{".hidden", `a\b`, "a\nb"} {
		var name *VaultNameError
		if _, err := a.PlaceForNew(bad); !errors.As(err, &name) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if p, err := a.Find(""); err != nil || p.Name() != FirstVault {
		t.Errorf("%v, %v", p, err)
	}
	for _, n := range []string{"work", "home"} {
		if err := os.MkdirAll(filepath.Join(root, n+".vault"), 0o700); err != nil {
			t.Fatal(err)
		}
		if n == "work" {
			if p, err := a.Find(""); err != nil || p.Name() != "work" {
				t.Errorf("the only one: %v, %v", p, err)
			}
		}
	}
	var choose *ChooseVaultError
	if _, err := a.Find(""); !errors.As(err, &choose) || len(choose.Names) != 2 {
		t.Errorf("two of them: %v", err)
	}
}
