package derive

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// english is the English list of BIP-39: 2,048 words in alphabetical order, each told apart from all others by its first four letters.
//
//go:embed english.txt
var english string

const (
	listSize   = 2048
	maxLetters = 8 // of the longest word
	enough     = 4 // letters that tell a word from all others
)

var list = sync.OnceValue(func() []string { return strings.Fields(english) })

// Word returns the i-th word of the list, from 0 to 2047, and "" for any other i.
func Word(i int) string {
	if i < 0 || i >= listSize {
		return ""
	}
	return list()[i]
}

// IsWord says whether w is in the list, in full or by its first four letters, in whatever case.
func IsWord(w []byte) bool { return indexOf(w) >= 0 }

// indexOf returns the place of a word that was typed in full or by its first four letters, in whatever case, or -1.
func indexOf(w []byte) int {
	if len(w) == 0 || len(w) > maxLetters {
		return -1
	}
	var typed [maxLetters]byte
	defer clear(typed[:])
	for i, b := range w {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		typed[i] = b
	}
	low := typed[:len(w)]
	words := list()
	i, found := slices.BinarySearchFunc(words, low, compare)
	if found {
		return i
	}
	// The words that begin with these letters come right after the place where the letters alone would stand.
	if len(low) == enough && i < len(words) && len(words[i]) > enough && compare(words[i][:enough], low) == 0 {
		return i
	}
	return -1
}

// compare orders a word of the list against typed letters without making a string of them.
func compare(word string, typed []byte) int {
	for i := range min(len(word), len(typed)) {
		if word[i] != typed[i] {
			return int(word[i]) - int(typed[i])
		}
	}
	return len(word) - len(typed)
}
