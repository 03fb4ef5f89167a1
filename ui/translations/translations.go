// Package translations holds the words of the window, through the toolkit's own language files. A file PART.LANGUAGE.json holds the words of one
// part of the window; each key begins with the part's name and a dot. Nothing in the window is written anywhere else: tests see to it.
package translations

import (
	"embed"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

//go:embed *.json
var files embed.FS

// toolkit lists the languages that the toolkit has words for besides English, and the window has not. Where the person's language is one of them
// the toolkit would look for the window's words there only, so the English ones stand there too until somebody translates them.
func toolkit() []fyne.Locale {
	return []fyne.Locale{"cs", "de", "el", "es", "fr", "ja", "pl", "pt", "pt-BR", "ru", "sv", "ta", "uk", "zh-Hans"}
}

// load gives the words to the toolkit, once for a process.
var load = sync.OnceValue(func() error {
	entries, err := files.ReadDir(".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		data, err := files.ReadFile(e.Name())
		if err != nil {
			return err
		}
		if err := lang.AddTranslations(fyne.NewStaticResource(e.Name(), data)); err != nil {
			return fmt.Errorf("%s: %w", e.Name(), err)
		}
		if !strings.HasSuffix(e.Name(), ".en.json") {
			continue
		}
		for _, l := range toolkit() {
			if err := lang.AddTranslationsForLocale(data, l); err != nil {
				return fmt.Errorf("%s for %s: %w", e.Name(), l, err)
			}
		}
	}
	return nil
})

// Load gives the words to the toolkit. It may be called again.
func Load() error { return load() }

// T gives the words of a key. Pairs of a name and a value fill in what stands in the words as {{.name}}; a pair "count" with an int chooses between
// singular and plural.
func T(key string, pairs ...any) string {
	if len(pairs) == 0 {
		return lang.LocalizeKey(key, key)
	}
	values, count, plural := filled(pairs)
	if plural {
		return lang.LocalizePluralKey(key, key, count, values)
	}
	return lang.LocalizeKey(key, key, values)
}

func filled(pairs []any) (values map[string]any, count int, plural bool) {
	values = map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name := fmt.Sprint(pairs[i])
		values[name] = pairs[i+1]
		if n, ok := pairs[i+1].(int); ok && name == "count" {
			count, plural = n, true
		}
	}
	return values, count, plural
}

// Catalogue gives every key of a language with its words: a string, or an object with a form for each number.
func Catalogue(language string) (map[string]json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		part, found := strings.CutSuffix(e.Name(), "."+language+".json")
		if !found {
			continue
		}
		data, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		var words map[string]json.RawMessage
		if err := json.Unmarshal(data, &words); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		for key, text := range words {
			if _, twice := all[key]; twice || !strings.HasPrefix(key, part+".") {
				return nil, fmt.Errorf("%s: key %q stands twice, or does not begin with %q", e.Name(), key, part+".")
			}
			all[key] = text
		}
	}
	return all, nil
}

// Keys lists the keys of a catalogue, sorted.
func Keys(catalogue map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(catalogue))
	for key := range catalogue {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
