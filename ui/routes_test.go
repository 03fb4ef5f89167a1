package ui

import "fmt"

// everyRoute lists what the window can show of an open vault; the tests of words, of cut text and of the Tab key go through it. A screen with acts or
// things of its own adds them here.
func everyRoute() []Route {
	var list []Route
	for _, p := range places() {
		list = append(list, Route{Place: p.place})
	}
	for _, act := range []string{"words", "sheet", "backup", "branch", "pool", "restore"} {
		list = append(list, Route{Place: Recovery, Act: act})
	}
	one := fmt.Sprintf("%032x", 1)
	return append(list,
		Route{Place: Home, Act: "made", Item: "blue 1"}, Route{Place: Keys, Act: "enrol"}, Route{Place: Keys, Item: "00aa"},
		Route{Place: Activity, Act: "export"},
		Route{Place: Identities, Item: one}, Route{Place: Identities, Act: "new"}, Route{Place: Identities, Act: "new", Item: one},
		Route{Place: Identities, Act: "sign-file", Item: one}, Route{Place: Identities, Act: "sign-text", Item: one}, Route{Place: Identities, Act: "verify"},
	)
}
