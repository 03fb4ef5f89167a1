package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// What the demo looks at outside the wallet: the envelope as plain JSON, the files, the emulated keys' own records.

// envelope is what anybody can read of a vault.
type envelope struct {
	Core struct {
		Number     int `json:"number"`
		Generation struct {
			Number int `json:"number"`
		} `json:"generation"`
		Branches struct {
			Current int64   `json:"current"`
			Ended   []int64 `json:"ended"`
		} `json:"branches"`
		Keyslots []struct {
			Kind  string                     `json:"kind"`
			Tiers map[string]json.RawMessage `json:"tiers"`
		} `json:"keyslots"`
	} `json:"core"`
}

func (s *stage) vaultFolder() string {
	return filepath.Join(s.home, ".local", "share", "holdfast", "main.vault")
}

func (s *stage) envelope() (e envelope, err error) {
	data, err := os.ReadFile(filepath.Join(s.vaultFolder(), "envelope.json"))
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal(data, &e)
}

// operation is one line of an emulated key's record.
type operation struct {
	Side   string   `json:"side"`
	Name   string   `json:"name"`
	Slot   string   `json:"slot"`
	Salts  []string `json:"salts"`
	PIN    bool     `json:"pin"`
	Touch  bool     `json:"touch"`
	Result string   `json:"result"`
}

// used reads the operations of a key since it was last forgotten that need a person: those with a touch.
func (s *stage) used(key string) (touched []operation, err error) {
	lines, err := s.bench.Key(s.ctx, key, "log")
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		var o operation
		if err := json.Unmarshal([]byte(l), &o); err != nil {
			return nil, fmt.Errorf("record of %s: %w", key, err)
		}
		if o.Touch {
			touched = append(touched, o)
		}
	}
	return touched, nil
}

// forget empties a key's record.
func (s *stage) forget(key string) error {
	_, err := s.bench.Key(s.ctx, key, "log", "reset")
	return err
}

// silent looks through files for texts that must not be readable in them. A failure does not tell the text: it may be secret.
func (s *stage) silent(what string, files []string, secrets ...string) error {
	if len(files) == 0 {
		return errors.New("no file to look through")
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		for _, x := range secrets {
			if strings.Contains(string(data), x) {
				return fmt.Errorf("%s: one of them stands readable in %s", what, filepath.Base(f))
			}
		}
	}
	return s.check(what, true, "")
}

// files lists the files below a folder.
func files(dir string) (out []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			out = append(out, path)
		}
		return err
	})
	return out, err
}
