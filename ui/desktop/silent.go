//go:build !journey

package desktop

import "fyne.io/fyne/v2"

// checksThreads is off in the wallet that people use: the toolkit would ask the runtime for the goroutine at every step of drawing, which took two
// fifths of the time of scrolling. The tests and the journey build check.
const checksThreads = false

// tell is nothing in the wallet that people use: only the journey build (see journey.go) says elsewhere what the window shows.
func tell(fyne.Window) {}
