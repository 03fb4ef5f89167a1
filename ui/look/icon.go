package look

import (
	"bytes"
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"holdfast/assets"
)

// icon is one of the wallet's icons in a colour of the theme; the colour is looked up each time it is drawn, so that it follows the theme.
type icon struct {
	name string
	ink  fyne.ThemeColorName
}

// Icon gives an icon in the colour of text. Names are the files of assets/icons.
func Icon(name string) fyne.Resource { return IconIn(name, Text) }

// IconIn gives an icon in a colour of the theme.
func IconIn(name string, ink fyne.ThemeColorName) fyne.Resource { return icon{name, ink} }

// Name implements fyne.Resource.
func (i icon) Name() string { return "holdfast-" + i.name + "-" + string(i.ink) + ".svg" }

// Content implements fyne.Resource. An icon that does not exist is an empty drawing: a test reads the source for such names.
func (i icon) Content() []byte {
	data, err := assets.Icon(i.name)
	if err != nil {
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"></svg>`)
	}
	return bytes.ReplaceAll(data, []byte(assets.IconInk), []byte(hex(theme.Color(i.ink))))
}

// hex writes a colour as SVG does, without its transparency.
func hex(c color.Color) string {
	n, ok := color.NRGBAModel.Convert(c).(color.NRGBA)
	if !ok {
		return assets.IconInk
	}
	return fmt.Sprintf("#%02x%02x%02x", n.R, n.G, n.B)
}
