package app

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"holdfast/internal/durable"
	"holdfast/internal/jcs"
)

// WindowSettings are what the owner chose for the window on this machine. They decide nothing about a vault: those that do are kept in it.
type WindowSettings struct {
	Appearance string `json:"appearance"`       // "system", "light", "dark"
	TextSize   int    `json:"textSize"`         // in percent: one of TextSizes
	Clipboard  int    `json:"clipboardSeconds"` // how long a copy stays, ShortestCopy to LongestCopy

	// How large the window was when it was closed, in units of the screen; 0 while nobody knows.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
}

// LargestWindow is as wide or as high as a window is made again, in units of the screen: more is no size that a screen has.
const LargestWindow = 8192

// The bounds of the time that a copy stays on the clipboard, in seconds.
const (
	ShortestCopy = 10
	LongestCopy  = 120
)

// TextSizes are the sizes of type that the window can be read in, in percent.
func TextSizes() []int { return []int{100, 115, 130} }

// Appearances are the names of how the window can look.
func Appearances() []string { return []string{"system", "light", "dark"} }

// DefaultWindowSettings hold until the owner chooses.
func DefaultWindowSettings() WindowSettings {
	return WindowSettings{Appearance: "system", TextSize: 100, Clipboard: 60}
}

// check refuses what the window cannot show.
func (w WindowSettings) check() error {
	if !slices.Contains(Appearances(), w.Appearance) || !slices.Contains(TextSizes(), w.TextSize) || w.Clipboard < ShortestCopy || w.Clipboard > LongestCopy {
		return fmt.Errorf("settings of the window out of bounds: %+v", w)
	}
	if min(w.Width, w.Height) < 0 || max(w.Width, w.Height) > LargestWindow || (w.Width == 0) != (w.Height == 0) {
		return fmt.Errorf("size of the window out of bounds: %d by %d", w.Width, w.Height)
	}
	return nil
}

// maxWindowSettings bounds the file: it holds a handful of values.
const maxWindowSettings = 4096

func (a *App) windowSettingsPath() string { return filepath.Join(a.folders.State, "window.json") }

// WindowSettings gives what the owner chose. Where the file cannot be read or is not what this program writes it gives the defaults, with the error: a
// window must start.
func (a *App) WindowSettings() (WindowSettings, error) {
	data, err := durable.ReadFile(a.windowSettingsPath(), maxWindowSettings)
	if errors.Is(err, fs.ErrNotExist) {
		return DefaultWindowSettings(), nil
	}
	if err != nil {
		return DefaultWindowSettings(), fmt.Errorf("settings of the window: %w", err)
	}
	var w WindowSettings
	if err := jcs.Unmarshal(data, &w, maxWindowSettings); err != nil {
		return DefaultWindowSettings(), fmt.Errorf("settings of the window: %w", err)
	}
	if err := w.check(); err != nil {
		return DefaultWindowSettings(), err
	}
	return w, nil
}

// SaveWindowSettings keeps what the owner chose, in place of what was there.
func (a *App) SaveWindowSettings(w WindowSettings) error {
	if err := w.check(); err != nil {
		return err
	}
	data, err := jcs.Marshal(w)
	if err != nil {
		return err
	}
	if err := durable.MkdirAll(durable.OS{}, a.folders.State, 0o700); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	return durable.WriteFile(durable.OS{}, a.windowSettingsPath(), data, 0o600)
}
