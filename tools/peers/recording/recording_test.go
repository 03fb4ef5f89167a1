package recording_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/tools/peers/recording"
)

func task() recording.Task {
	return recording.Task{
		Judge: []recording.Ask{
			{Name: "a", Input: json.RawMessage(`{"x":"<1>"}`)},
			{Name: "b", Input: json.RawMessage(`{"x":2}`)},
		},
		Make: []recording.Ask{{Name: "c", Input: json.RawMessage(`{"x":3}`)}},
	}
}

// answered is a recording that says yes to everything in a task.
func answered(task recording.Task) recording.Recording {
	r := recording.Recording{Peer: "peer", Version: "v1", Runtime: "here"}
	for _, ask := range task.Judge {
		r.Judged = append(r.Judged, recording.Answer{Ask: ask, Said: json.RawMessage(`{"verified":true}`)})
	}
	for _, ask := range task.Make {
		r.Made = append(r.Made, recording.Answer{Ask: ask, Said: json.RawMessage(`{"made":"m"}`)})
	}
	return r
}

func TestWriteAndRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "peers")
	if err := recording.Write(dir, answered(task()), task()); err != nil {
		t.Fatal(err)
	}
	r, err := recording.Read(dir, "peer", task())
	if err != nil || len(r.Judged) != 2 || len(r.Made) != 1 || string(r.Made[0].Said) == "" {
		t.Errorf("read %+v, %v", r, err)
	}
	if err := recording.Complete(dir, "peer"); err != nil {
		t.Error(err)
	}
}

// TestReadRefuses changes the task after it was recorded, and the recording itself.
func TestReadRefuses(t *testing.T) {
	other := json.RawMessage(`{"x":4}`)
	replace := func(from, to string) func(string) string {
		return func(s string) string { return strings.Replace(s, from, to, 1) }
	}
	for name, c := range map[string]struct {
		want string
		task func(*recording.Task)
		file func(text string) string
	}{
		"input changed": {want: `"b" is asked otherwise`, task: func(k *recording.Task) { k.Judge[1].Input = other }},
		"order changed": {want: `"c" is asked otherwise`, task: func(k *recording.Task) { k.Make[0].Input = other }},
		"asked anew": {want: `"d" was never asked`, task: func(k *recording.Task) {
			k.Make = append(k.Make, recording.Ask{Name: "d", Input: other})
		}},
		"asked no more": {want: `"b" is no longer asked`, task: func(k *recording.Task) { k.Judge = k.Judge[:1] }},
		"no answer":     {want: `"a" has no answer`, file: replace(`"said"`, `"sad"`)},
		"answer null":   {want: `"c" has no answer`, file: replace(`{"made":"m"}`, "null")},
		"other peer":    {want: `it is of "p"`, file: replace(`"peer":"peer"`, `"peer":"p"`)},
		"no version":    {want: "it is of", file: replace(`"v1"`, `""`)},
		"no recording":  {want: "recording of peer", file: func(string) string { return "" }},
	} {
		dir := t.TempDir()
		text, err := json.Marshal(answered(task()))
		if err != nil {
			t.Fatal(err)
		}
		changed, asked := string(text), task()
		if c.file != nil {
			if changed = c.file(string(text)); changed == string(text) {
				t.Fatalf("%s: nothing changed", name)
			}
		}
		if c.task != nil {
			c.task(&asked)
		}
		if err := os.WriteFile(filepath.Join(dir, "peer.json"), []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := recording.Read(dir, "peer", asked); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	_, err := recording.Read(t.TempDir(), "peer", task())
	if err == nil || !strings.Contains(err.Error(), "run make peers") {
		t.Errorf("missing: %v", err)
	}
}

func TestWriteRefusesHalfAnAnswer(t *testing.T) {
	dir := t.TempDir()
	r := answered(task())
	r.Judged = r.Judged[:1]
	if err := recording.Write(dir, r, task()); err == nil {
		t.Error("half an answer was written")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

func TestComplete(t *testing.T) {
	dir := t.TempDir()
	if err := recording.Complete(filepath.Join(dir, "none"), "a"); err == nil {
		t.Error("no folder is complete")
	}
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name+".json"), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, peers := range [][]string{{"a"}, {"a", "b", "c"}, {"a", "c"}} {
		if err := recording.Complete(dir, peers...); err == nil {
			t.Errorf("%q is complete", peers)
		}
	}
	if err := recording.Complete(dir, "b", "a"); err != nil {
		t.Error(err)
	}
}
