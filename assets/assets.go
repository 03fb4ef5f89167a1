// Package assets holds what the wallet shows besides words: its icons, as SVG. It knows no toolkit.
package assets

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed icons/*.svg
var icons embed.FS

// Program is the picture of the program itself, as SVG: what a desktop shows for its window.
//
//go:embed holdfast.svg
var Program []byte

// IconInk is the one colour that every icon is drawn in; whoever shows an icon puts the colour of the moment in its place.
const IconInk = "#000000"

// Icon gives the icon of this name as SVG: 24 by 24 units, lines of 1.75 units with round ends, one ink, no fill.
func Icon(name string) ([]byte, error) {
	data, err := icons.ReadFile("icons/" + name + ".svg")
	if err != nil {
		return nil, fmt.Errorf("icon %q: %w", name, err)
	}
	return data, nil
}

// Icons lists the names of the icons, sorted.
func Icons() ([]string, error) {
	entries, err := icons.ReadDir("icons")
	if err != nil {
		return nil, fmt.Errorf("icons: %w", err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".svg"))
	}
	slices.Sort(names)
	return names, nil
}
