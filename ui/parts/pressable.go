package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// pressable is what a button and a tile share: Enter, the space bar and a click press it, and it knows whether the keyboard and the mouse are there.
type pressable struct {
	widget.DisableableWidget
	self     fyne.CanvasObject // the widget that it is part of
	press    func()
	selected bool

	focused, hovered bool
}

// Select marks it as the one that shows, or that is chosen.
func (p *pressable) Select(on bool) {
	if p.selected != on {
		p.selected = on
		p.Refresh()
	}
}

// Selected reports whether it is the one that shows, or that is chosen.
func (p *pressable) Selected() bool { return p.selected }

// SetEnabled enables or disables it.
func (p *pressable) SetEnabled(on bool) {
	if on {
		p.Enable()
	} else {
		p.Disable()
	}
}

// Press does what it is for, unless it is disabled.
func (p *pressable) Press() {
	if !p.Disabled() && p.press != nil {
		p.press()
	}
}

// Tapped implements fyne.Tappable.
func (p *pressable) Tapped(*fyne.PointEvent) { p.Press() }

// FocusGained implements fyne.Focusable.
func (p *pressable) FocusGained() { p.focused = true; p.Refresh(); follow(p.self) }

// FocusLost implements fyne.Focusable.
func (p *pressable) FocusLost() { p.focused = false; p.Refresh() }

// TypedRune implements fyne.Focusable.
func (p *pressable) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (p *pressable) TypedKey(k *fyne.KeyEvent) {
	if enter(k) || k.Name == fyne.KeySpace {
		p.Press()
		return
	}
	forward(p.self, k)
}

// MouseIn implements desktop.Hoverable.
func (p *pressable) MouseIn(*desktop.MouseEvent) { p.hovered = true; p.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (p *pressable) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (p *pressable) MouseOut() { p.hovered = false; p.Refresh() }

// AccessibilityRole implements fyne.Accessible.
func (p *pressable) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }
