package parts

import (
	"time"

	"fyne.io/fyne/v2"

	"holdfast/ui/look"
	"holdfast/ui/translations"
)

// Clip is the clipboard, on loan: what is copied goes away by itself after a while and at once when the vault locks, unless something else has been
// copied since. Nothing secret is ever copied.
type Clip struct {
	clipboard fyne.Clipboard
	after     func(time.Duration, func()) (stop func())
	Keep      time.Duration // how long a copy stays
	copied    string
	stop      func()
}

// ClipTime is how long a copy stays when the owner has not chosen otherwise.
const ClipTime = 60 * time.Second

// NewClip makes the clipboard; after runs a function on the UI thread later.
func NewClip(c fyne.Clipboard, after func(time.Duration, func()) (stop func())) *Clip {
	return &Clip{clipboard: c, after: after, Keep: ClipTime}
}

// Copy puts words there.
func (c *Clip) Copy(words string) {
	c.halt()
	c.copied = words
	c.clipboard.SetContent(words)
	c.stop = c.after(c.Keep, c.Wipe)
}

func (c *Clip) halt() {
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
}

// Wipe takes the copy away, if it is still there.
func (c *Clip) Wipe() {
	c.halt()
	if c.copied != "" && c.clipboard.Content() == c.copied {
		c.clipboard.SetContent("")
	}
	c.copied = ""
}

// Copyable shows words that a machine reads with a button that copies them, and says how long the copy stays.
func Copyable(words string, clip *Clip) fyne.CanvasObject { return copyable(words, Code(words), clip) }

// CopyableShort is Copyable for words that are too long to read: one line of them shows.
func CopyableShort(words string, clip *Clip) fyne.CanvasObject {
	shown := Short(words)
	shown.TextStyle.Monospace = true
	return copyable(words, shown, clip)
}

func copyable(words string, shown fyne.CanvasObject, clip *Clip) fyne.CanvasObject {
	said := Quiet("")
	said.Hide()
	copied := NewButton(translations.T("part.copy"), "copy", Plain, nil)
	copied.press = func() {
		clip.Copy(words)
		said.SetText(clip.Said())
		said.Show()
	}
	return Column(look.SpaceTiny, Row(look.SpaceSmall, Stretch(shown), copied), said)
}

// Said is what a person is told of a copy that has just been made.
func (c *Clip) Said() string { return translations.T("part.copied", "count", int(c.Keep/time.Second)) }
