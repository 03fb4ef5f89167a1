package main

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// panelWidth leaves room beside the wallet's window on a small screen.
const panelWidth = 240

// told is what a person must know before the first click.
const told = `Everything here is for show: these keys are emulated, and the vault is in a folder that goes away when you close the wallet.

Press Touch when a key blinks, and Unplug to pull it out. The keys are as they left the factory: smart-card PIN 123456, PUK 12345678, no passkey PIN. The wallet has you choose new ones; choose any, and remember them until you close it.`

// panel draws what is to know, and each key with its buttons.
func panel(ctx context.Context, keys []*key) fyne.CanvasObject {
	words := widget.NewLabel(told)
	words.Wrapping = fyne.TextWrapWord
	words.SizeName = theme.SizeNameCaptionText
	column := container.NewVBox()
	for _, k := range keys {
		column.Add(card(ctx, k, fyne.Do))
	}
	column.Add(words)
	width := canvas.NewRectangle(nil)
	width.SetMinSize(fyne.NewSize(panelWidth, 0))
	return container.NewStack(width, column)
}

// card draws one key. Its light shines while the key waits for a touch; it does not move, so that it costs nothing.
func card(ctx context.Context, k *key, do func(func())) fyne.CanvasObject {
	light := canvas.NewRectangle(theme.Color(theme.ColorNameDisabledButton))
	light.SetMinSize(fyne.NewSize(0, 10))
	light.CornerRadius = 5
	says := widget.NewLabel("")
	says.Wrapping = fyne.TextWrapWord
	failed := func(err error) { says.SetText(err.Error()) }
	touch := widget.NewButton("Touch", func() { k.order(ctx, do, failed, "touch") })
	port := widget.NewButton("Unplug", func() {
		if k.now.in {
			k.order(ctx, do, failed, "unplug")
		} else {
			k.order(ctx, do, failed, "plug")
		}
	})
	c := widget.NewCard("", k.name, container.NewVBox(light, says, container.NewGridWithColumns(2, touch, port)))
	k.show = func(s state) {
		c.SetSubTitle(k.name + ", number " + s.serial)
		light.FillColor, touch.Importance = theme.Color(theme.ColorNameDisabledButton), widget.MediumImportance
		port.SetText("Unplug")
		port.Enable()
		switch {
		case s.gone != "":
			says.SetText("Lost: it does not answer.")
			port.Disable()
		case !s.in:
			says.SetText("Not plugged in.")
			port.SetText("Plug in")
		case s.blinks:
			says.SetText("It blinks: it waits for your touch.")
			light.FillColor, touch.Importance = theme.Color(theme.ColorNameSuccess), widget.HighImportance
		default:
			says.SetText("Plugged in.")
		}
		light.Refresh()
		touch.Refresh()
	}
	return c
}
