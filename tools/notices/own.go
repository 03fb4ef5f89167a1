package main

import (
	"embed"
	"fmt"
)

// texts are the licences of what has no file in the module cache: Go itself, whose packagers put its licence elsewhere.
//
//go:embed texts
var texts embed.FS

// goParts are Go's own library and runtime, which are in every program that Go builds.
func goParts() ([]part, error) {
	p := part{name: "Go", what: "standard library and runtime"}
	for _, file := range []string{"go.txt", "go-patents.txt"} {
		data, err := texts.ReadFile("texts/" + file)
		if err != nil {
			return nil, err
		}
		name, err := licenceOf(data)
		if err != nil {
			return nil, fmt.Errorf("Go, %s: %w", file, err) //nolint:staticcheck // a name
		}
		p.texts = append(p.texts, text{name, file, clean(string(data))})
	}
	return []part{p}, nil
}

// ownParts are what lies in Holdfast's own folders, or in those of a module, and comes from elsewhere without a text of
// its own.
func ownParts() []part {
	const sqlite = "SQLite's authors have dedicated its code to the public domain " +
		"(https://www.sqlite.org/copyright.html). No licence is needed."
	const words = "A standard's list of 2,048 words (https://github.com/bitcoin/bips, bip-0039/english.txt), " +
		"by Marek Palatinus, Pavol Rusnak, Aaron Voisine and\n" +
		"Sean Bowe. Every wallet that writes recovery words down holds it letter for letter."
	return []part{
		{
			name: "SQLite", what: "translated to Go in github.com/ncruces/go-sqlite3-wasm",
			texts: []text{{"public domain", "", sqlite}},
		},
		{name: "BIP-39", what: "the English words of recovery", texts: []text{{"published with the standard", "", words}}},
	}
}

// library is one that belongs to the system: the programs find it where they run.
type library struct {
	soname string
	name   string
}

// libraries are all that the programs ask the system for, by the names that they ask by.
var libraries = []library{
	{"libc.so.6", "the C library (glibc)"},
	{"libm.so.6", "the C library's mathematics"},
	{"libpcsclite.so.1", "PC/SC, the readers of smart cards"},
	{"libfido2.so.1", "FIDO2, the passkeys"},
	{"libGL.so.1", "OpenGL"},
	{"libX11.so.6", "X11"},
	{"libX11-xcb.so.1", "X11"},
	{"libXcursor.so.1", "X11, the pointer"},
	{"libXext.so.6", "X11, extensions"},
	{"libXi.so.6", "X11, input"},
	{"libXinerama.so.1", "X11, several screens"},
	{"libXrandr.so.2", "X11, sizes of screens"},
	{"libXrender.so.1", "X11, drawing"},
	{"libXxf86vm.so.1", "X11, modes of screens"},
	{"libEGL.so.1", "OpenGL under Wayland"},
	{"libwayland-client.so.0", "Wayland"},
	{"libwayland-cursor.so.0", "Wayland, the pointer"},
	{"libwayland-egl.so.1", "Wayland, OpenGL"},
	{"libdecor-0.so.0", "frames of windows under Wayland"},
	{"libxkbcommon.so.0", "the keyboard under Wayland"},
}
