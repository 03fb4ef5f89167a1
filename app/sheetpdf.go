package app

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
)

// The measures of the sheet, in millimetres on A4.
const (
	sheetWidth  = 210.0
	sheetMargin = 18.0
	sheetInner  = sheetWidth - 2*sheetMargin
	boxHeight   = 15.0
	boxGap      = 2.5
	boxColumns  = 4 // of six words each, as many as the window shows at once
	boxRows     = wordCount / boxColumns
)

// ink is a shade of grey: the sheet is made for any printer.
type ink int

const (
	inkText ink = 25
	inkSoft ink = 95
	inkLine ink = 150
)

// sheetFont is the family that the sheet is set in. It has the letters of Latin, Greek and Cyrillic.
const sheetFont = "go"

// PDF draws the sheet on one page of A4.
func (s Sheet) PDF() ([]byte, error) {
	d := sheetDrawing{fpdf.New("P", "mm", "A4", "")}
	d.AddUTF8FontFromBytes(sheetFont, "", goregular.TTF)
	d.AddUTF8FontFromBytes(sheetFont, "B", gobold.TTF)
	d.AddUTF8FontFromBytes(sheetFont+"mono", "", gomono.TTF)
	d.SetMargins(sheetMargin, sheetMargin, sheetMargin)
	d.SetCellMargin(0)
	d.SetAutoPageBreak(false, 0)
	d.SetTitle("Holdfast recovery sheet", true)
	d.SetCreationDate(s.Date)
	d.SetModificationDate(s.Date)
	d.SetProducer("Holdfast", true)
	d.AddPage()
	d.head(s)
	d.boxes()
	d.places()
	d.instructions()
	var out bytes.Buffer
	if err := d.Output(&out); err != nil {
		return nil, fmt.Errorf("drawing the recovery sheet: %w", err)
	}
	return out.Bytes(), nil
}

// sheetDrawing draws the parts of the sheet, one under the other.
type sheetDrawing struct{ *fpdf.Fpdf }

func (d sheetDrawing) font(style string, size float64, shade ink) {
	d.SetFont(sheetFont, style, size)
	d.SetTextColor(int(shade), int(shade), int(shade))
}

// say writes words that wrap, and goes on below them.
func (d sheetDrawing) say(style string, size float64, shade ink, words string) {
	d.font(style, size, shade)
	d.SetX(sheetMargin)
	d.MultiCell(sheetInner, size*0.46, words, "", "L", false)
}

// gap leaves space.
func (d sheetDrawing) gap(mm float64) { d.SetY(d.GetY() + mm) }

// head says what the sheet is and whose.
func (d sheetDrawing) head(s Sheet) {
	d.SetY(sheetMargin - 2)
	d.say("B", 24, inkText, "Recovery sheet")
	d.gap(1)
	d.say("", 10.5, inkSoft, "Write the 24 words of your Holdfast vault into the boxes by hand. Whoever has all of them can compute every key of the vault: keep this sheet as you keep a passport, away from your security keys, and let nobody photograph it.")
	d.gap(3.5)
	d.fact("Vault", d.fitting(printable(s.Name)), "B")
	d.fact("Four owner words", strings.Join(s.OwnerWords[:], "   "), "B")
	d.fact("Vault id", s.Vault, "mono")
	d.fact("Sheet made", s.Date.Format("2 January 2006"), "")
	d.gap(3)
}

// factName is the width of the names of facts.
const factName = 40.0

// fact is a name and a value on one line.
func (d sheetDrawing) fact(name, value, style string) {
	d.font("", 10, inkSoft)
	d.SetX(sheetMargin)
	d.CellFormat(factName, 6, name, "", 0, "L", false, 0, "")
	d.font("", 10.5, inkText)
	if style == "mono" {
		d.SetFont(sheetFont+"mono", "", 9.5)
	} else {
		d.SetFont(sheetFont, style, 10.5)
	}
	d.CellFormat(sheetInner-factName, 6, value, "", 1, "L", false, 0, "")
}

// fitting shortens a value that has no room on its line.
func (d sheetDrawing) fitting(value string) string {
	d.SetFont(sheetFont, "B", 10.5)
	if d.GetStringWidth(value) <= sheetInner-factName-2 {
		return value
	}
	letters := []rune(value)
	for len(letters) > 0 && d.GetStringWidth(string(letters)+"…") > sheetInner-factName-2 {
		letters = letters[:len(letters)-1]
	}
	return string(letters) + "…"
}

// boxes draws the 24 empty boxes, numbered down each column.
func (d sheetDrawing) boxes() {
	width := (sheetInner - (boxColumns-1)*boxGap) / boxColumns
	top := d.GetY()
	d.SetDrawColor(int(inkLine), int(inkLine), int(inkLine))
	d.SetLineWidth(0.35)
	for n := range wordCount {
		x := sheetMargin + float64(n/boxRows)*(width+boxGap)
		y := top + float64(n%boxRows)*(boxHeight+boxGap)
		d.RoundedRect(x, y, width, boxHeight, 1.8, "1234", "D")
		d.font("", 8.5, inkSoft)
		d.SetXY(x+2, y+1.2)
		d.CellFormat(8, 4, fmt.Sprint(n+1), "", 0, "L", false, 0, "")
	}
	d.SetY(top + boxRows*(boxHeight+boxGap) - boxGap + 6)
}

// places is where the owner writes down where the rest is kept.
func (d sheetDrawing) places() {
	width := (sheetInner - 2*boxGap) / 2
	top := d.GetY()
	for i, title := range []string{"Where the backup file is kept", "Where the recovery key is kept"} {
		x := sheetMargin + float64(i)*(width+2*boxGap)
		d.font("B", 10, inkText)
		d.SetXY(x, top)
		d.CellFormat(width, 5, title, "", 0, "L", false, 0, "")
		for line := range 2 {
			y := top + 14 + float64(line)*9
			d.Line(x, y, x+width, y)
		}
	}
	d.SetY(top + 29)
}

// instructions say how the sheet is used when it is needed, perhaps by somebody else and years from now.
func (d sheetDrawing) instructions() {
	d.say("B", 10, inkText, "When you need it")
	d.gap(1)
	for _, words := range []string{
		"Start Holdfast on a computer you trust and choose \"Bring a vault back\"; or in a terminal: holdfastctl restore BACKUP --words.",
		"Have ready: this sheet, the backup file, and a security key, which may be new. The words alone bring back keys; names, contacts and most identities come back from the backup only.",
		"Compare the four owner words above with those Holdfast shows of the backup. If they differ, it is not your vault: stop.",
	} {
		d.font("", 9.5, inkText)
		d.SetX(sheetMargin)
		d.CellFormat(4, 4.5, "•", "", 0, "L", false, 0, "")
		d.MultiCell(sheetInner-4, 4.5, words, "", "L", false)
		d.gap(0.8)
	}
	d.gap(2)
	d.SetDrawColor(int(inkText), int(inkText), int(inkText))
	top := d.GetY()
	d.font("B", 9.5, inkText)
	d.SetXY(sheetMargin+4, top+3)
	d.MultiCell(sheetInner-8, 4.6, "Nobody honest will ever ask you for these words: no support, no bank, no website, no message. They are typed into Holdfast alone, on your own computer, and only to bring a vault back.", "", "L", false)
	d.RoundedRect(sheetMargin, top, sheetInner, d.GetY()-top+3, 1.8, "1234", "D")
}

// printable keeps what the sheet's letters can show of a name from outside; anything else is a dot, and nothing breaks the line or its direction.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r < 0x2100 && unicode.IsPrint(r) && !acts(r) && (r < 0x300 || unicode.In(r, unicode.Greek, unicode.Cyrillic) || r >= 0x2010 && r < 0x2040) {
			return r
		}
		return '·'
	}, name)
}
