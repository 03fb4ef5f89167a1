package keystore

import (
	"path/filepath"
	"strings"
)

// sameDevice reports whether two folders lie on one volume, by its name.
func sameDevice(a, b string) (bool, error) {
	x, err := filepath.Abs(a)
	if err != nil {
		return false, err
	}
	y, err := filepath.Abs(b)
	return strings.EqualFold(filepath.VolumeName(x), filepath.VolumeName(y)), err
}
