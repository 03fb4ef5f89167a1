package main

import (
	"bytes"
	"strconv"
	"strings"
)

const debianHead = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Holdfast
Comment: The stanzas for go/... are for the Go modules that are linked into the
 programs. THIRD_PARTY_NOTICES in this folder says the same for people.

Files: *
Copyright: 2026 The Holdfast maintainers
License: Apache-2.0

`

const apache = `License: Apache-2.0
 Licensed under the Apache License, Version 2.0 (the "License"); you may not use
 this file except in compliance with the License.
 .
 Unless required by applicable law or agreed to in writing, software distributed
 under the License is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR
 CONDITIONS OF ANY KIND, either express or implied. See the License for the
 specific language governing permissions and limitations under the License.
 .
 On Debian systems the whole text of the License is in
 /usr/share/common-licenses/Apache-2.0.
`

// copyright writes Debian's copyright file (DEP-5): a stanza for each part, with its licences' texts but the Apache
// License's, which every Debian has.
func copyright(out *bytes.Buffer, parts []part) {
	out.WriteString(debianHead)
	for _, p := range parts {
		names := map[string]int{}
		var licences, texts []string
		for _, t := range p.texts {
			if t.licence == apacheName {
				licences = append(licences, apacheName)
				continue
			}
			name := debianName(t.licence)
			names[name]++
			if n := names[name]; n > 1 {
				name += "-" + strconv.Itoa(n)
			}
			licences, texts = append(licences, name), append(texts, t.words)
		}
		out.WriteString("Files: go/" + strings.ReplaceAll(p.name, " ", "-") + "/*\n")
		out.WriteString("Copyright: " + strings.Join(p.holders(), "\n           ") + "\n")
		out.WriteString("License: " + strings.Join(licences, " and ") + "\n")
		for _, t := range texts {
			out.WriteString(indented(t))
		}
		out.WriteString("\n")
	}
	out.WriteString(apache)
}

const apacheName = "Apache-2.0"

// debianName is a licence's name as one word.
func debianName(name string) string {
	switch name {
	case "MIT":
		return "Expat"
	case "public domain":
		return "public-domain"
	}
	return strings.ReplaceAll(name, " ", "-")
}

// holders are the lines in which the texts say whose work it is.
func (p part) holders() (list []string) {
	seen := map[string]bool{}
	for _, t := range p.texts {
		for _, l := range strings.Split(t.words, "\n") {
			l = strings.TrimSpace(l)
			rest, ok := cutCopyright(l)
			if ok && !seen[rest] {
				seen[rest] = true
				list = append(list, rest)
			}
		}
	}
	if len(list) == 0 {
		list = []string{"the authors of " + p.name}
	}
	return list
}

// cutCopyright is what a line says after the word, where it is not a form to fill in or a sentence of a licence.
func cutCopyright(line string) (string, bool) {
	rest, ok := strings.CutPrefix(line, "Copyright ")
	if !ok || strings.Contains(rest, "[yyyy]") || !strings.ContainsAny(rest, "0123456789") {
		return "", false
	}
	for _, sign := range []string{"(c) ", "(C) ", "© ", "©"} {
		rest = strings.TrimPrefix(rest, sign)
	}
	return rest, true
}

// indented is a text as a field of the file takes it.
func indented(words string) string {
	var out strings.Builder
	for _, l := range strings.Split(words, "\n") {
		if strings.TrimSpace(l) == "" {
			l = "."
		}
		out.WriteString(" " + l + "\n")
	}
	return out.String()
}
