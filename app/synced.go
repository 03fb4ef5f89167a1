package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// SyncedFolderError refuses a live vault in a folder that another program copies to other machines: two machines would then hand out the same
// numbers, and an old state could come back unnoticed. Backups are what one syncs.
type SyncedFolderError struct {
	Dir     string // the folder that is synced
	Service string // whose it is
}

// Error implements error.
func (e *SyncedFolderError) Error() string {
	return fmt.Sprintf("folder %q is synced by %s", e.Dir, e.Service)
}

// syncedNames are folder names, in lower case, that the services give their folder. One that ends in "*" is a prefix.
func syncedNames() map[string]string {
	return map[string]string{
		"dropbox":             "Dropbox",
		"dropbox (*":          "Dropbox",
		"onedrive":            "OneDrive",
		"onedrive - *":        "OneDrive",
		"google drive":        "Google Drive",
		"googledrive":         "Google Drive",
		"googledrive-*":       "Google Drive",
		"iclouddrive":         "iCloud",
		"icloud drive":        "iCloud",
		"com~apple~clouddocs": "iCloud",
		"mobile documents":    "iCloud",
		"nextcloud":           "Nextcloud",
	}
}

// syncedMarks are files and folders that the services leave at the top of what they sync.
func syncedMarks() map[string]string {
	return map[string]string{
		".stfolder":                             "Syncthing",
		".dropbox":                              "Dropbox",
		".dropbox.cache":                        "Dropbox",
		".nextcloudsync.log":                    "Nextcloud",
		".tmp.drivedownload":                    "Google Drive",
		".tmp.driveupload":                      "Google Drive",
		".849C9593-D756-4E56-8D6E-42412F2A707B": "OneDrive",
	}
}

// refuseSynced walks from dir to the root, through symbolic links as far as the folders exist.
func refuseSynced(dir string) error {
	real, err := existing(dir)
	if err != nil {
		return err
	}
	for _, start := range []string{dir, real} {
		for at := start; ; at = filepath.Dir(at) {
			service, err := syncedBy(at)
			if err != nil {
				return err
			}
			if service != "" {
				return &SyncedFolderError{Dir: at, Service: service}
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return nil
}

// existing resolves the links of the nearest folder above path that exists, and puts the rest behind it.
func existing(path string) (string, error) {
	rest := ""
	for at := path; ; at = filepath.Dir(at) {
		real, err := filepath.EvalSymlinks(at)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		if !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			return "", fmt.Errorf("folder %q: %w", path, err)
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

// syncedBy names the service that syncs dir itself; empty when none is known to.
func syncedBy(dir string) (string, error) {
	base := strings.ToLower(filepath.Base(dir))
	for name, service := range syncedNames() {
		prefix, open := strings.CutSuffix(name, "*")
		if base == name || open && strings.HasPrefix(base, prefix) {
			return service, nil
		}
	}
	for mark, service := range syncedMarks() {
		_, err := os.Lstat(filepath.Join(dir, mark))
		if err == nil && (mark != ".dropbox" || !isHome(dir)) {
			return service, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.ENOTDIR) {
			return "", fmt.Errorf("folder %q: %w", dir, err)
		}
	}
	return "", nil
}

// isHome tells the home folder, in which Dropbox keeps its own settings (~/.dropbox) without syncing it.
func isHome(dir string) bool {
	home, err := os.UserHomeDir()
	return err == nil && filepath.Clean(home) == dir
}
