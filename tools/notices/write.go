package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// clean is a text without what editors and systems differ in: the ends of lines, white space at them, and empty lines
// around the whole.
func clean(s string) string {
	lines := strings.Split(strings.ReplaceAll(strings.TrimPrefix(s, "\ufeff"), "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

const head = `Third-party notices of Holdfast

Holdfast itself is under the Apache License 2.0: see LICENSE. Its programs, holdfast and holdfastctl, hold the work of others, which is listed here
with its licences; their texts follow. "make notices" writes this file from what the programs are built of.

`

// notices writes the file for people: a list of everything, then each text once, with what it belongs to.
func notices(out *bytes.Buffer, parts []part) {
	out.WriteString(head)
	for _, p := range parts {
		out.WriteString("  " + p.title() + ": " + strings.Join(p.licences(), ", ") + "\n")
	}
	out.WriteString("\nNot in the programs, but asked for where they run, from the system's own packages " +
		"and under licences of their own:\n\n")
	for _, l := range libraries {
		fmt.Fprintf(out, "  %-24s %s\n", l.soname, l.name)
	}
	for _, t := range once(parts) {
		rule := strings.Repeat("-", 100)
		out.WriteString("\n" + rule + "\n" + strings.Join(t.of, "\n") + "\n" + rule + "\n\n" + t.words + "\n")
	}
}

// title is what a part is called, in one line.
func (p part) title() string {
	title := p.name
	if p.version != "" {
		title += " " + p.version
	}
	if p.what != "" {
		title += " (" + p.what + ")"
	}
	return title
}

// licences are the names of a part's licences, each once.
func (p part) licences() (names []string) {
	for _, t := range p.texts {
		if !slices.Contains(names, t.licence) {
			names = append(names, t.licence)
		}
	}
	return names
}

// shared is a text with everything that it belongs to.
type shared struct {
	words string
	of    []string
}

// once lists each text once, in the order of the parts.
func once(parts []part) (list []shared) {
	at := map[string]int{}
	for _, p := range parts {
		for _, t := range p.texts {
			i, known := at[t.words]
			if !known {
				i = len(list)
				at[t.words] = i
				list = append(list, shared{words: t.words})
			}
			of := p.title()
			if t.from != "" {
				of += ": " + t.from
			}
			list[i].of = append(list[i].of, of)
		}
	}
	return list
}
