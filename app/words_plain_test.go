package app

import (
	"fmt"
	"regexp"
	"testing"

	"holdfast/keystore"
	dev "holdfast/token"
)

// insiders are the words by which those who made this speak of it. Who uses it has security keys, and adds and revokes them; and may use a window,
// where there are no flags. Other programs' own flags are theirs.
func insiders() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(tokens?|keyslots?|tiers?|enrol\w*|ceremon\w*|envelope)\b|(^| |\()--[a-z]`)
}

func foreign() *regexp.Regexp { return regexp.MustCompile(`\((gpg's scdaemon: gpgconf|ykman) [^)]*\)`) }

// TestWordsAreOfThePersonsWorld holds that neither errors nor what a touch is for speak in insiders' words.
func TestWordsAreOfThePersonsWorld(t *testing.T) {
	plain := func(from string, words ...string) {
		for _, s := range words {
			if found := insiders().FindString(foreign().ReplaceAllString(s, "")); found != "" {
				t.Errorf("%s says %q: %s", from, found, s)
			}
		}
	}
	for _, s := range append(sentinels(), ownSentinels()...) {
		plain(s.code, s.what, s.safe, s.now)
	}
	for _, code := range dev.Codes() {
		for _, side := range []dev.Kind{"", dev.PIV, dev.FIDO2} {
			x := Explain(fmt.Errorf("opening: %w", &dev.Error{Code: code, Side: side, TriesLeft: -1}))
			plain(string(code), x.What, x.Safe, x.Now)
		}
	}
	for _, table := range []map[string]string{touchWords(), stepTable(), missingTable()} {
		for id, words := range table {
			plain(id, words)
		}
	}
	for act, words := range eventTable() {
		plain(string(act), words)
	}
	for _, why := range []string{"", keystore.NotArmedSameToken, keystore.NotArmedUnproven, keystore.NotArmedUnknown, keystore.NotArmedSecondToken} {
		n := notArmed(why)
		plain("not armed: "+why, n.Text, n.Remedy)
	}
	for _, which := range []string{"everyday", "recovery", "master"} {
		x := lastWayWords(which)
		plain("last way in: "+which, x.What, x.Safe, x.Now)
	}
	for _, r := range []LockReason{LockedByIdle, LockedByToken, LockedBySuspend, LockedBySession, LockedByOwner} {
		plain(string(r), LockWords(r))
	}
}
