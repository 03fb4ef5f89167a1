package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"holdfast/internal/durable"
	"holdfast/keystore"
	"holdfast/keystore/derive"
)

// explainTyped finds the words of the keystore's errors that carry facts.
func explainTyped(err error) (Explanation, bool) {
	var (
		damaged  *keystore.DamagedError
		readOnly *keystore.ReadOnlyError
		lastWay  *keystore.LastWayInError
		wrong    *keystore.WrongWordError
		ended    *keystore.SigningEndedError
		word     *derive.WordError
		label    *keystore.LabelError
		memory   *keystore.MemoryError
		locking  *keystore.LockingError
	)
	switch {
	case errors.As(err, &label):
		return labelWords(label), true
	case errors.As(err, &readOnly):
		return readOnlyWords(readOnly.Why), true
	case errors.As(err, &lastWay):
		return lastWayWords(lastWay.Which), true
	case errors.As(err, &wrong):
		return Explanation{
			"wrong-word", fmt.Sprintf("Word %d is not right.", wrong.Position), safeUnchanged,
			"Compare what you wrote down with the words shown, and start again.",
		}, true
	case errors.As(err, &word):
		return wordWords(word), true
	case errors.As(err, &ended):
		return endedWords(ended), true
	case errors.As(err, &memory):
		return Explanation{
			"machine-memory", fmt.Sprintf("What this machine remembers of the vault cannot be read (%s).", memory.Path),
			"The vault itself is untouched, and nothing was changed.",
			"Move that file away and open the vault again: the key, or the four owner words of the recovery sheet, then say whose vault it is; accepting it makes it this machine's.",
		}, true
	case errors.As(err, &locking):
		return Explanation{
			"lock-time", fmt.Sprintf("A vault cannot be told to lock after %v.", locking.Idle), safeUnchanged,
			fmt.Sprintf("Choose from 10 seconds to %d hours in whole seconds, or never.", keystore.LongestIdle/time.Hour),
		}, true
	case errors.As(err, &damaged):
		return damagedWords(damaged), true
	}
	return Explanation{}, false
}

func labelWords(e *keystore.LabelError) Explanation {
	what := capital(e.What)
	x := Explanation{Code: "label", What: what + " that cannot be kept.", Safe: "Nothing was made, and nothing in the vault changed.", Now: "Choose another; letters, digits, spaces and punctuation of any script are fine."}
	switch e.Why {
	case "empty":
		x.What = what + " missing: it is empty."
	case "too-long":
		x.What = what + " too long: at most 200 bytes are kept, which is 200 letters of English."
	case "control":
		x.What = what + " with characters that are not seen but act on a screen (controls, line ends, changes of direction)."
	case "not-text":
		x.What = what + " that is no text: it is not UTF-8."
	}
	return x
}

func wordWords(e *derive.WordError) Explanation {
	if e.Checksum {
		return Explanation{
			"words-do-not-fit", "Every word is in the list, but together they do not fit: one is another word, or stands in another place.", safeUnchanged,
			"Compare each word and their order with what you wrote down.",
		}
	}
	return Explanation{
		"no-such-word", fmt.Sprintf("Word %d is not in the list of words, or is misspelt.", e.Position), safeUnchanged,
		"Compare it with what you wrote down; the first four letters tell every word from all others.",
	}
}

func damagedWords(e *keystore.DamagedError) Explanation {
	x := Explanation{
		Code: "damaged",
		What: fmt.Sprintf("The %s cannot be trusted: %s.", e.What, firstLine(e.Why.Error())),
		Safe: "It was not used, and nothing was changed.",
		Now:  "Restore the vault from a backup; keep the damaged folder to find out what happened.",
	}
	if e.What == "backup" {
		x.Now = "Use another backup; make a new one as soon as the vault is open."
	}
	return x
}

// ReadOnlyWords says why a vault is open to read only (Status.ReadOnly), and what ends it.
func ReadOnlyWords(why string) Explanation { return readOnlyWords(why) }

func readOnlyWords(why string) Explanation {
	x := Explanation{Code: "read-only", Safe: "Everything can be read; nothing was signed, derived or changed."}
	switch why {
	case keystore.ReadOnlyCopied:
		x.What = "This folder was copied from another installation, so the vault is open to read only."
		x.Now = "If this copy shall be used from now on, accept it, with a key that opens everything, its PIN and a touch."
	case keystore.ReadOnlyRolledBack:
		x.What = "This vault is older than the one this machine saw last, so it is open to read only."
		x.Now = "Put the newer vault back; or, if it is lost, accept this state, with a key that opens everything, its PIN and a touch."
	case keystore.ReadOnlyDamaged:
		x.What = "The vault's database is damaged, so it is open to read only."
		x.Now = "Check the record to see where, and restore the vault from a backup; keep the damaged folder."
	default:
		x.What = "The vault is open to read only (" + why + ")."
		x.Now = "Look at the vault's status: it says why, and what ends it."
	}
	return x
}

func lastWayWords(which string) Explanation {
	x := Explanation{Code: "last-way-in", Safe: "The key still opens the vault; nothing changed."}
	switch which {
	case "everyday":
		x.What = "This is the last proven everyday key; without it only the recovery key would open the vault."
		x.Now = "Add another everyday key and prove it first, then revoke this one."
	case "recovery":
		x.What = "This is the last proven recovery key; without it one lost key could lose everything."
		x.Now = "Add another recovery key and prove it first, then revoke this one."
	case "master":
		x.What = "This is the last key that opens everything; without it nothing could ever be changed again."
		x.Now = "Add another key that opens everything and prove it first, then revoke this one."
	default:
		x.What = "This is the last way in of its kind (" + which + ")."
		x.Now = "Add and prove another first, then revoke this one."
	}
	return x
}

func endedWords(e *keystore.SigningEndedError) Explanation {
	x := Explanation{Code: "signing-ended", Safe: "Nothing was signed; what the key signed before can still be verified."}
	if e.State == "ended-branch" {
		x.What = fmt.Sprintf("This identity signs no more: it was made before a key was revoked or the vault was brought back (its key comes from use branch %d, which has ended).", e.Branch)
		x.Now = "Make a new identity and tell those who know the old one."
		return x
	}
	x.What = fmt.Sprintf("This identity's key is %s, so it signs no more.", e.State)
	x.Now = "Use another identity, or make a new one."
	return x
}

// explainOwn finds the words of this package's own errors.
func explainOwn(err error) (Explanation, bool) {
	var (
		none   *NoTokenError
		choose *ChooseTokenError
		vaults *ChooseVaultError
		name   *VaultNameError
		synced *SyncedFolderError
		curve  *CurveError
		method *MethodError
		cannot *ContentError
		unread *UnreadableError
		device *NotFileError
		last   *LastTryError
		backup *BackupExistsError
		print  *PrintError
	)
	switch {
	case errors.As(err, &print):
		return printWords(print), true
	case errors.As(err, &last):
		return lastTryWords(last), true
	case errors.As(err, &unread):
		return Explanation{
			"unreadable-signature", "This has the form of a signature, but cannot be checked: " + firstLine(unread.Why.Error()) + ".", "It was only read.",
			"Do not rely on it before you know why: see that it is whole and unchanged, and of the kind that is asked for: a signature over a file is no signed text, and a signed text none over a file.",
		}, true
	case errors.As(err, &backup):
		return Explanation{
			"file-exists", fmt.Sprintf("%q is there already.", backup.Path), "It was left as it is.",
			"Choose another name; or, if it may go, replace it. Keep the last backup of a vault that is not as it was.",
		}, true
	case errors.As(err, &device):
		return Explanation{"not-a-file", capital(firstLine(device.Error())) + ".", "Nothing was read.", "Name a file."}, true
	case errors.As(err, &none):
		return noTokenWords(none), true
	case errors.As(err, &choose):
		return Explanation{
			"choose-token", "More than one security key would do: " + strings.Join(choose.Names(), ", ") + ".", safeUnsent,
			"Choose one, or unplug the others.",
		}, true
	case errors.As(err, &vaults):
		return Explanation{
			"choose-vault", "There are several vaults: " + strings.Join(vaults.Names, ", ") + ".", "Nothing was opened.",
			"Choose one.",
		}, true
	case errors.As(err, &name):
		return Explanation{
			"vault-name", fmt.Sprintf("%q is no name for a vault.", name.Name), "Nothing was changed.",
			"Use letters, digits and dashes, or give the path of a folder that ends in .vault.",
		}, true
	case errors.As(err, &synced):
		return Explanation{
			"synced-folder", fmt.Sprintf("%q is synced by %s, and a live vault in a synced folder could run on two machines at once.", synced.Dir, synced.Service),
			"Nothing was changed.", "Keep the vault in a folder of this machine alone, and put backups into the synced one.",
		}, true
	case errors.As(err, &curve), errors.As(err, &method):
		return Explanation{"no-such-choice", capital(firstLine(err.Error())) + ".", "Nothing was made.", "Choose one of those named."}, true
	case errors.As(err, &cannot):
		return Explanation{"cannot-sign", "This cannot be signed: " + firstLine(cannot.Error()) + ".", "Nothing was signed.", "Change the text or the file's name, or sign a file instead of a long text."}, true
	}
	for _, s := range ownSentinels() {
		if errors.Is(err, s.is) {
			return Explanation{Code: s.code, What: s.what, Safe: s.safe, Now: s.now}, true
		}
	}
	return Explanation{}, false
}

func noTokenWords(e *NoTokenError) Explanation {
	x := Explanation{Code: "no-token", What: "No security key is plugged in that " + e.Want + ".", Safe: safeUnsent, Now: "Plug one in and try again."}
	if e.Name != "" {
		x.What, x.Now = e.Name+" is not plugged in.", "Plug it in again and try again."
	}
	if e.Ref != "" {
		x.What = fmt.Sprintf("No security key that answers to %q is plugged in.", e.Ref)
		x.Now = "Plug it in, or look at the list of keys for its name."
	}
	return x
}

// explainSystem finds the words of what the system itself answers.
func explainSystem(err error) (Explanation, bool) {
	var file *fileError
	switch {
	case errors.Is(err, durable.ErrLocked):
		return inUseWords(err), true
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Explanation{"cancelled", "It was cancelled.", "What was finished before stays; nothing is left half done.", "Start it again whenever you like."}, true
	case errors.Is(err, syscall.EIO):
		return Explanation{"disk-error", "The disk failed to read or write.", "What was finished before stays; whether the disk keeps it, nobody can say.", "Look the disk over (its cable, its messages in the system's log) before you go on; copy the vault folder and your backups to another one."}, true
	case errors.Is(err, fs.ErrPermission):
		return Explanation{"no-permission", "This account may not do that with " + pathOf(err) + ".", "Nothing was changed.", "Choose another place, or change the permissions."}, true
	case errors.Is(err, fs.ErrNotExist) && errors.As(err, &file):
		return Explanation{"no-such-file", fmt.Sprintf("There is no folder %q to write into.", filepath.Dir(file.path)), "Nothing was changed.", "Make the folder, or check the name, and try again."}, true
	case errors.Is(err, fs.ErrNotExist):
		return Explanation{"no-such-file", "There is no " + pathOf(err) + ".", "Nothing was changed.", "Check the name and try again."}, true
	case errors.Is(err, fs.ErrExist):
		return Explanation{"file-exists", pathOf(err) + " is there already.", "It was left as it is.", "Choose another name, or move it away first."}, true
	}
	return Explanation{}, false
}

// inUseWords names the process that holds the vault, where it is known.
func inUseWords(err error) Explanation {
	x := Explanation{"in-use", "Another window or command has this vault open.", "Nothing was opened, and nothing was changed.", "Close or lock the other one, and try again."}
	var held *durable.HeldError
	if errors.As(err, &held) && held.PID != 0 {
		x.What = fmt.Sprintf("Another window or command (process %d) has this vault open.", held.PID)
		if held.Program != "" {
			x.What = fmt.Sprintf("This vault is open in %s (process %d).", Visible(held.Program), held.PID)
		}
	}
	return x
}

// explainFull finds the words of a disk without room, before any words of what broke because of it: nothing is damaged.
func explainFull(err error) (Explanation, bool) {
	if !keystore.IsDiskFull(err) && !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return Explanation{}, false
	}
	return Explanation{"disk-full", fullWords(err), "The vault is as it was before.", "Make room and try again."}, true
}

// fullWords says which disk is full, where that is known.
func fullWords(err error) string {
	var (
		file *fileError
		path *fs.PathError
	)
	if errors.As(err, &file) {
		return fmt.Sprintf("The disk with %q is full.", file.path)
	}
	if errors.As(err, &path) {
		return fmt.Sprintf("The disk with %q is full.", path.Path)
	}
	return "The disk with the vault is full."
}

// pathOf names the file an error is about.
func pathOf(err error) string {
	var (
		file *fileError
		path *fs.PathError
		link *os.LinkError
	)
	switch {
	case errors.As(err, &file):
		return fmt.Sprintf("%q", file.path)
	case errors.As(err, &path):
		return fmt.Sprintf("%q", path.Path)
	case errors.As(err, &link):
		return fmt.Sprintf("%q", link.New)
	}
	return "file: " + firstLine(err.Error())
}

// capital makes the first letter a capital one, whatever script it is of.
func capital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if n == 0 || first == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(first)) + s[n:]
}
