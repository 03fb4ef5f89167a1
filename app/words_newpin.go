package app

import (
	"errors"
	"fmt"

	"holdfast/keystore"
	"holdfast/token"
)

// explainReplaced finds the words of an act that failed after it had given a token a new PIN or PUK: those of the failure, and that the new one is
// in force all the same.
func explainReplaced(err error) (Explanation, bool) {
	var e *keystore.PINReplacedError
	if !errors.As(err, &e) {
		return Explanation{}, false
	}
	x, side := Explain(e.Err), token.Kind(e.Side)
	for _, c := range []struct {
		name string
		what keystore.Change
	}{{pinOf(side), e.PIN}, {"PUK", e.PUK}} {
		switch c.what {
		case keystore.Unchanged:
		case keystore.Changed:
			x.Safe += fmt.Sprintf(" The new %s of the %s is in force.", c.name, sideName(side))
		case keystore.Unclear:
			x.Safe += fmt.Sprintf(" Whether the new %s of the %s is in force is not known: the key's answer was lost.", c.name, sideName(side))
		}
	}
	x.Now += " Use the new one from now on."
	if e.PIN == keystore.Unclear || e.PUK == keystore.Unclear {
		x.Now += " Where that is not known, see in the list of keys whether the factory's is still set, before you type any."
	}
	return x, true
}
