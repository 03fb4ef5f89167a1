// Package recording holds what other people's programs said of ours, and what they made for us to judge: written by
// make peers, read by the tests of the packages that were judged.
package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"holdfast/internal/durable"
	"holdfast/internal/jcs"
)

// Ask is one thing that a peer is asked: to judge something of ours, or to make something.
type Ask struct {
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"` // one JSON object, in the form that the peer's program reads
}

// Task is everything that one peer is asked.
type Task struct {
	Judge []Ask `json:"judge"`
	Make  []Ask `json:"make"`
}

// Answer is what a peer said to one Ask.
type Answer struct {
	Ask
	Said json.RawMessage `json:"said"`
}

// Recording is what one peer said to a Task.
type Recording struct {
	Peer    string   `json:"peer"`
	Version string   `json:"version"`
	Runtime string   `json:"runtime"` // what it ran on
	Judged  []Answer `json:"judged"`
	Made    []Answer `json:"made"`
}

// Read returns the recording of a peer in a folder, or an error unless it answers exactly the task, as it is today.
func Read(dir, peer string, task Task) (Recording, error) {
	var r Recording
	text, err := os.ReadFile(filepath.Join(dir, peer+".json"))
	if err != nil {
		return r, fmt.Errorf("no recording of %s, run make peers: %w", peer, err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("recording of %s: %w", peer, err)
	}
	if r.Peer != peer || r.Version == "" || r.Runtime == "" {
		return r, fmt.Errorf("recording of %s: it is of %q %q on %q", peer, r.Peer, r.Version, r.Runtime)
	}
	if err := answers(r.Judged, task.Judge); err != nil {
		return r, fmt.Errorf("recording of %s %s, judged: %w", peer, r.Version, err)
	}
	if err := answers(r.Made, task.Make); err != nil {
		return r, fmt.Errorf("recording of %s %s, made: %w", peer, r.Version, err)
	}
	return r, nil
}

// Complete reports an error unless dir holds the recordings of these peers and no others.
func Complete(dir string, peers ...string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("no recordings, run make peers: %w", err)
	}
	var found []string
	for _, e := range entries {
		found = append(found, strings.TrimSuffix(e.Name(), ".json"))
	}
	if !slices.Equal(found, slices.Sorted(slices.Values(peers))) { // ReadDir sorts
		return fmt.Errorf("%s holds recordings of %q, want %q", dir, found, peers)
	}
	return nil
}

// Write writes the recording of a peer into a folder, whole or not at all, if it answers the task.
func Write(dir string, r Recording, task Task) error {
	for _, part := range []struct {
		answers []Answer
		asks    []Ask
	}{{r.Judged, task.Judge}, {r.Made, task.Make}} {
		if err := answers(part.answers, part.asks); err != nil {
			return fmt.Errorf("%s %s: %w", r.Peer, r.Version, err)
		}
	}
	text, err := encode(r)
	if err != nil {
		return fmt.Errorf("recording of %s: %w", r.Peer, err)
	}
	if err := durable.MkdirAll(durable.OS{}, dir, 0o755); err != nil {
		return err
	}
	return durable.WriteFile(durable.OS{}, filepath.Join(dir, r.Peer+".json"), text, 0o644)
}

// encode leaves <, > and & as they are, since people read it.
func encode(r Recording) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(r)
	return text.Bytes(), err
}

// answers reports an error unless each ask, with the input it has today, has its answer, in the order of the asks.
func answers(got []Answer, asks []Ask) error {
	for i, ask := range asks {
		if i == len(got) || got[i].Name != ask.Name {
			return fmt.Errorf("%q was never asked: run make peers", ask.Name)
		}
		same, err := sameJSON(got[i].Input, ask.Input)
		if err != nil {
			return fmt.Errorf("%q: %w", ask.Name, err)
		}
		if !same {
			return fmt.Errorf("%q is asked otherwise today: run make peers", ask.Name)
		}
		if len(got[i].Said) == 0 || string(got[i].Said) == "null" {
			return fmt.Errorf("%q has no answer: run make peers", ask.Name)
		}
	}
	if len(got) > len(asks) {
		return fmt.Errorf("%q is no longer asked: run make peers", got[len(asks)].Name)
	}
	return nil
}

// sameJSON compares what two JSON texts say, not how they are written.
func sameJSON(a, b []byte) (bool, error) {
	x, err := jcs.Canonical(a)
	if err != nil {
		return false, err
	}
	y, err := jcs.Canonical(b)
	return bytes.Equal(x, y), err
}
