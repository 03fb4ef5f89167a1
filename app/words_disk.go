package app

import (
	"errors"
	"fmt"
	"syscall"

	"holdfast/internal/durable"
)

// explainDisk finds the words of a disk that takes nothing: its switch is on, or it has been pulled. And of something that somebody put in place of a
// file of this program's own, and of a home that is not there.
func explainDisk(err error) (Explanation, bool) {
	var home *NoHomeError
	switch {
	case errors.As(err, &home):
		return Explanation{"no-home", fmt.Sprintf("There is no home folder to keep vaults in: HOME is %q.", home.Home), "Nothing was read, and nothing was changed.", "Set HOME to your home folder, or XDG_DATA_HOME and XDG_STATE_HOME to folders of your own."}, true
	case errors.Is(err, syscall.EROFS):
		return Explanation{"disk-read-only", "The disk with " + pathOf(err) + " can only be read.", "Nothing was written, and nothing in the vault changed.", "If it is a stick or a card with a switch, set the switch to write; or choose another disk."}, true
	case errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ENXIO):
		return Explanation{"disk-gone", "The disk with " + pathOf(err) + " is no longer there.", "The vault itself is untouched; what was written to the disk may not be whole.", "Plug the disk in again and start anew."}, true
	case errors.Is(err, durable.ErrNotPlain):
		return Explanation{"not-plain", "Something else stands where Holdfast keeps " + pathOf(err) + ": a folder, a link, a pipe, or a file that is far too large.", "It was not used, and nothing was changed.", "Find out who put it there, move it away, and try again."}, true
	}
	return Explanation{}, false
}
