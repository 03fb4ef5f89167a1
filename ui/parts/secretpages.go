package parts

import (
	"strconv"

	"fyne.io/fyne/v2"

	"holdfast/ui/look"
)

// wordCount is the number of recovery words.
const wordCount = 24

// SecretWords holds the recovery words while they are shown a few at a time, in arrays of fixed size. The widgets of a page hold its words only while
// the page shows: the toolkit drops widgets that have not been seen for a while, and these wipe themselves then.
type SecretWords struct {
	words [wordCount][maxLetters]byte
	shown []*SecretWord
}

// Set takes the words; they may be wiped as soon as it returns.
func (s *SecretWords) Set(words [][]byte) {
	s.Wipe()
	for i := range min(len(words), wordCount) {
		copy(s.words[i][:], words[i])
	}
}

// Page shows some of the words with their numbers, the first one at from, counted from 0; those of the page before are taken away.
func (s *SecretWords) Page(from, count int) fyne.CanvasObject {
	s.hide()
	column := Column(look.SpaceBase)
	for i := from; i < min(from+count, wordCount); i++ {
		word := NewSecretWord()
		word.Set(s.words[i][:])
		s.shown = append(s.shown, word)
		number := Line(strconv.Itoa(i + 1))
		column.Add(Row(look.SpaceBase, Sized(numberWidth, measure(number).Height, number), word))
	}
	return column
}

func (s *SecretWords) hide() {
	for _, word := range s.shown {
		word.Wipe()
	}
	s.shown = nil
}

// Wipe takes the words away, from the screen and from memory.
func (s *SecretWords) Wipe() {
	s.hide()
	for i := range s.words {
		clear(s.words[i][:])
	}
}
