package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"holdfast/ui/look"
)

// letters are what recovery words are drawn from: one text for each letter and no longer one, so that the toolkit's cache of drawn texts holds the
// alphabet and never a word.
const letters = "abcdefghijklmnopqrstuvwxyz"

// SecretWord shows one recovery word, letter by letter, until it is wiped.
type SecretWord struct {
	widget.BaseWidget
	cells [8]*canvas.Text // the longest BIP-39 word has eight letters
}

// NewSecretWord makes an empty place for a word.
func NewSecretWord() *SecretWord {
	w := &SecretWord{}
	for i := range w.cells {
		w.cells[i] = canvas.NewText("", theme.Color(look.Text))
		w.cells[i].TextStyle.Monospace = true
		w.cells[i].TextSize = look.TypeLead
	}
	w.ExtendBaseWidget(w)
	return w
}

// Set draws a word of small letters; the word may be wiped as soon as it returns. What is no letter is left out.
func (w *SecretWord) Set(word []byte) {
	for i, cell := range w.cells {
		cell.Text = ""
		if i < len(word) && word[i] >= 'a' && word[i] <= 'z' {
			at := int(word[i] - 'a')
			cell.Text = letters[at : at+1]
		}
	}
	w.Refresh()
}

// Wipe takes the word away.
func (w *SecretWord) Wipe() {
	for _, cell := range w.cells {
		cell.Text = ""
	}
	w.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (w *SecretWord) CreateRenderer() fyne.WidgetRenderer {
	row := container.NewWithoutLayout()
	for _, cell := range w.cells {
		row.Add(cell)
	}
	return &wordRenderer{word: w, row: row}
}

type wordRenderer struct {
	word *SecretWord
	row  *fyne.Container
}

// step is the width of a letter; all have the same.
func (r *wordRenderer) step() fyne.Size {
	return fyne.MeasureText(letters[:1], look.TypeLead, fyne.TextStyle{Monospace: true})
}

// Layout implements fyne.WidgetRenderer.
func (r *wordRenderer) Layout(s fyne.Size) {
	step := r.step()
	for i, cell := range r.word.cells {
		cell.Move(fyne.NewPos(float32(i)*step.Width, (s.Height-step.Height)/2))
		cell.Resize(step)
	}
}

// MinSize implements fyne.WidgetRenderer.
func (r *wordRenderer) MinSize() fyne.Size {
	step := r.step()
	return fyne.NewSize(float32(len(r.word.cells))*step.Width, step.Height)
}

// Refresh implements fyne.WidgetRenderer.
func (r *wordRenderer) Refresh() {
	for _, cell := range r.word.cells {
		cell.Color = theme.Color(look.Text)
		cell.Refresh()
	}
}

// Objects implements fyne.WidgetRenderer.
func (r *wordRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.row} }

// Destroy implements fyne.WidgetRenderer.
func (r *wordRenderer) Destroy() { r.word.Wipe() }
