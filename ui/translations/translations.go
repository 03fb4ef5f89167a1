// Package translations holds the words of the window, through the toolkit's own language files. A file PART.LANGUAGE.json holds the words of one
// part of the window; each key begins with the part's name and a dot. Nothing in the window is written anywhere else: tests see to it.
package translations

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed *.json
var files embed.FS

// toolkit lists the languages that the toolkit has words for besides English, and the window has not. Where the person's language is one of them
// the toolkit looks for the window's words there only, so the English ones stand there too until somebody translates them.
func toolkit() []fyne.Locale {
	return []fyne.Locale{"cs", "de", "el", "es", "fr", "ja", "pl", "pt", "pt-BR", "ru", "sv", "ta", "uk", "zh-Hans"}
}

// english is the catalogue as one file: each file that the toolkit is given costs it a look at the person's languages, and this is the time until the
// first picture.
var english = sync.OnceValues(func() ([]byte, error) {
	all, err := Catalogue("en")
	if err != nil {
		return nil, err
	}
	return json.Marshal(all)
})

// give gives the words to the toolkit, once for a process.
var give = sync.OnceValue(func() error {
	words, err := english()
	if err != nil {
		return err
	}
	return lang.AddTranslations(fyne.NewStaticResource("window.en.json", words))
})

// giveOthers gives them to the languages in which the toolkit alone has words, once for a process.
var giveOthers = sync.OnceValue(func() error {
	words, err := english()
	if err != nil {
		return err
	}
	for _, l := range toolkit() {
		if err := lang.AddTranslationsForLocale(words, l); err != nil {
			return fmt.Errorf("the words for %s: %w", l, err)
		}
	}
	return nil
})

// Load gives the words to the toolkit. It may be called again, and must be after the person's language has changed.
func Load() error {
	err := give()
	if language, _, _ := strings.Cut(string(lang.SystemLocale()), "-"); err != nil || language == "en" {
		return err
	}
	return giveOthers()
}

// numbers writes whole numbers as the words' language does: 100,000.
var numbers = sync.OnceValue(func() *message.Printer { return message.NewPrinter(language.English) })

// T gives the words of a key. Pairs of a name and a value fill in what stands in the words as {{.name}}, whole numbers with their thousands parted; a
// pair "count" with an int chooses between singular and plural.
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
		switch n := pairs[i+1].(type) {
		case int:
			if name == "count" {
				count, plural = n, true
			}
			values[name] = numbers().Sprint(n)
		case int64:
			values[name] = numbers().Sprint(n)
		default:
			values[name] = n
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
