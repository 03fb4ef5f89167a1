package ui

// everyRoute lists what the window can show of an open vault; the tests of words, of cut text and of the Tab key go through it. A screen with acts or
// things of its own adds them here.
func everyRoute() []Route {
	var list []Route
	for _, p := range places() {
		list = append(list, Route{Place: p.place})
	}
	return list
}
