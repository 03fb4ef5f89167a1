package main

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"holdfast/internal/journey/shown"
)

// Chapter 3: the words, and a backup elsewhere.

// wordCount is how many words there are.
const wordCount = 24

func wordsAndBackup(s *stage) error {
	sheet := filepath.Join(s.home, "sheet.pdf")
	s.backup = filepath.Join(s.elsewhere, "main.backup")
	return inOrder(
		s.step("what the words are, before they show", s.press("Write the words down"), s.sees("Write down the 24 words", "Make sure that nobody is watching")),
		s.step("a sheet to write them on", s.press("Next"), s.fill("where to save it", sheet), s.press("Save as PDF"), s.sees("Saved:")),
		s.step("the words show, six at a time", s.press("Show the words"), s.answers("Words 1 to 6"), s.readWords),
		s.step("some are asked back; then it is done", s.press("I have written all 24"), s.wordsBack),
		s.isSheet(sheet),
		s.step("a place on another disk", s.press("Make a backup"), s.fill("the file to write, such as a file on a stick", s.backup), s.vouch),
		s.step("the backup is made", s.press("Make the backup"), s.sees("The backup is made", "It opens with", "bank box")),
		s.step("nothing is missing any more", s.press("Home"), s.sees("Your vault is safe")),
		s.outside(s.wordsAndBackupAreDone),
	)
}

// readWords keeps the words as a person with paper would, page by page.
func (s *stage) readWords() error {
	s.words = nil
	for {
		v, err := s.window.Sees(s.ctx, fmt.Sprintf("Words %d to ", len(s.words)+1))
		if err != nil {
			return err
		}
		before := len(s.words)
		for _, i := range v.Items {
			if i.Kind == shown.Word && i.Words != "" {
				s.words = append(s.words, i.Words)
			}
		}
		switch {
		case len(s.words) == before || len(s.words) > wordCount:
			return fmt.Errorf("%d words on a page, %d in all", len(s.words)-before, len(s.words))
		case len(s.words) == wordCount:
			return s.check("24 words were shown", true, "")
		}
		if err := s.window.Press(s.ctx, "Next"); err != nil {
			return err
		}
	}
}

var whichWord = regexp.MustCompile(`Which is word (\d+)\?`)

// wordsBack types each word that is asked for, from the paper.
func (s *stage) wordsBack() error {
	done := func(v shown.View) bool { return v.Says("The words are written down and confirmed.") }
	asked := 0
	for last := ""; ; asked++ {
		v, err := s.window.Await(s.ctx, "a word is asked for, or it is done", func(v shown.View) bool {
			m := whichWord.FindStringSubmatch(v.Words())
			return done(v) || m != nil && m[1] != last
		})
		switch {
		case err != nil:
			return err
		case done(v):
			return s.check(fmt.Sprintf("%d words were asked back", asked), asked >= 3, "too few")
		}
		last = whichWord.FindStringSubmatch(v.Words())[1]
		n, err := strconv.Atoi(last)
		if err != nil || n < 1 || n > wordCount {
			return fmt.Errorf("word %q is asked for", last)
		}
		if _, err := s.window.Focus(s.ctx, "Word "+last, shown.Blank); err != nil {
			return err
		}
		if err := inOrder(func() error { return s.window.Type(s.ctx, s.words[n-1]) }, s.press("Next")); err != nil {
			return err
		}
	}
}

// vouch ticks that the folder is copied elsewhere, where this machine has no second disk.
func (s *stage) vouch() error {
	const away = "I know that this place is copied off this computer, by a sync service for example"
	if _, err := s.window.Item(s.ctx, "Make the backup", shown.Button); err != nil {
		return err
	}
	if _, near := s.window.View().Find(away, shown.Check); !near {
		return nil
	}
	return s.window.Press(s.ctx, away)
}

var pdfStream = regexp.MustCompile(`(?s)stream\r?\n(.*?)endstream`)

// isSheet looks into the sheet: it is a PDF, and holds no word.
func (s *stage) isSheet(path string) act {
	return func() error {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		all := bytes.Clone(data)
		for _, m := range pdfStream.FindAllSubmatch(data, -1) {
			if z, err := zlib.NewReader(bytes.NewReader(m[1])); err == nil {
				text, _ := io.ReadAll(z) // what does not unpack is no text
				all = append(all, text...)
			}
		}
		for i := 1; i < len(s.words); i++ {
			if bytes.Contains(all, []byte(s.words[i-1]+" "+s.words[i])) {
				return errors.New("two words stand in the sheet")
			}
		}
		return s.check("the sheet is a PDF, and no words stand in it", bytes.HasPrefix(data, []byte("%PDF-")) && bytes.HasSuffix(bytes.TrimSpace(data), []byte("%%EOF")), "%.8q", data)
	}
}

func (s *stage) wordsAndBackupAreDone() error {
	st, err := s.status("--token", "10000001/piv")
	if err != nil {
		return err
	}
	return errors.Join(
		s.check("words and backup are both done", st["wordsConfirmed"] == true && st["backedUp"] == true, "words %v, backup %v", st["wordsConfirmed"], st["backedUp"]),
		s.noWords(),
		s.silent("the backup shows no label", []string{s.backup}, "blue key", "bank box", "SQLite"),
	)
}

// noWords looks for the words in every file of every home, on the other disk, and in what is left to look at.
func (s *stage) noWords() error {
	homes, err := filepath.Glob(filepath.Join(s.dir, "home*"))
	if err != nil {
		return err
	}
	var all, pairs []string
	for _, dir := range append(homes, s.elsewhere, s.out) {
		list, err := files(dir)
		if err != nil {
			return err
		}
		all = append(all, list...)
	}
	for i := 1; i < len(s.words); i++ {
		for _, between := range []string{" ", "\n", `","`, ","} {
			pairs = append(pairs, s.words[i-1]+between+s.words[i])
		}
	}
	return s.silent("the words stand in no file", all, pairs...)
}
