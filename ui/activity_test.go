package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/parts"
)

// activityRig shows Activity of a vault with so many entries.
func activityRig(t *testing.T, entries int) *rig {
	t.Helper()
	r := openRig(t)
	r.f.session.mu.Lock()
	r.f.session.journal = nil
	for i := range entries {
		r.f.session.journal = append(r.f.session.journal, app.JournalEvent{Number: uint64(i + 1), Time: day(0).Add(time.Duration(i) * time.Minute), Act: "create-identity", Result: "ok"})
	}
	r.f.session.mu.Unlock()
	r.Go(Route{Place: Activity})
	r.settle()
	return r
}

// TestActivityReadsOnAsOneScrolls goes to the end of the list until nothing follows, and meets every entry once.
func TestActivityReadsOnAsOneScrolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := activityRig(t, 2*activityRows+30)
		list := find[*parts.List](r)[0]
		if n := list.Length(); n != activityRows {
			t.Fatalf("%d rows at first", n)
		}
		r.win.Canvas().Focus(list)
		for range 6 {
			r.key(fyne.KeyEnd)
			r.settle()
		}
		if n := list.Length(); n != 2*activityRows+30 {
			t.Errorf("%d rows at the end", n)
		}
		if !r.shows("label 0") {
			t.Errorf("%q", r.texts())
		}
		r.key(fyne.KeyReturn)
		if !r.dialogs.Covered() || !r.shows(tr("activity.number")+" 1") {
			t.Errorf("Enter opens %q", r.texts())
		}
		r.uncut("an entry")
		r.key(fyne.KeyEscape)
		if r.dialogs.Covered() {
			t.Error("Escape closes nothing")
		}
	})
}

func TestActivityFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := activityRig(t, 3)
		choices := find[*parts.Choice](r)
		asked := func(what string, want func(app.JournalFilter) bool) {
			t.Helper()
			r.settle()
			r.f.session.mu.Lock()
			defer r.f.session.mu.Unlock()
			if f := r.f.session.filter; !want(f) {
				t.Errorf("%s asks for %+v", what, f)
			}
		}
		choices[0].SetSelected(tr("activity.group.keys"))
		asked("a kind", func(f app.JournalFilter) bool { return fmt.Sprint(f.Acts) == fmt.Sprint(app.GroupKeys.Acts()) })
		choices[1].SetSelected(tr("activity.result.failed"))
		asked("a result", func(f app.JournalFilter) bool { return f.Result == "failed" })
		choices[2].SetSelected(tr("activity.since.days", "count", 7))
		asked("a week", func(f app.JournalFilter) bool {
			return time.Since(f.From) > 6*24*time.Hour-time.Hour && time.Since(f.From) < 7*24*time.Hour+time.Hour
		})
		find[*parts.Entry](r)[0].SetText("no such thing")
		asked("a text", func(f app.JournalFilter) bool { return f.Text == "no such thing" })
		if !r.shows(tr("activity.nothing")) {
			t.Fatalf("%q", r.texts())
		}
		r.uncut("nothing found")
		r.press(tr("activity.clear"))
		asked("everything", func(f app.JournalFilter) bool {
			return f.Text == "" && f.Result == "" && len(f.Acts) == 0 && f.From.IsZero()
		})
		if r.shows(tr("activity.nothing")) || !r.shows("label 2") {
			t.Errorf("%q", r.texts())
		}
	})
}

func TestSinceIsFromMidnight(t *testing.T) {
	now := time.Date(2026, time.March, 10, 15, 0, 0, 0, time.UTC)
	for at, want := range []time.Time{{}, time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 9, 0, 0, 0, 0, time.UTC)} {
		if got := sinceTime(at, now); !got.Equal(want) {
			t.Errorf("%d: %v", at, got)
		}
	}
}

func TestInterruptedActsStandOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := activityRig(t, 1)
		open := app.JournalLine{Event: app.JournalEvent{Number: 2, Act: "make-backup", Phase: "intent"}, Entries: 1, Open: true, Words: "backup made: begun, not ended yet"}
		settled := app.JournalLine{Event: app.JournalEvent{Number: 3, Act: "make-backup", Result: "interrupted"}, Entries: 1, Words: "x"}
		done := app.JournalLine{Event: app.JournalEvent{Number: 4, Act: "make-backup", Result: "ok"}, Entries: 1, Words: "x"}
		if eventIcon(open).Name() != eventIcon(settled).Name() || eventIcon(open).Name() == eventIcon(done).Name() {
			t.Error("they look alike")
		}
		for words, e := range map[string]app.JournalLine{tr("activity.open"): open, tr("activity.interrupted"): settled} {
			r.showEvent(e)
			if !r.shows(words) {
				t.Errorf("%q is not said", words)
			}
			r.key(fyne.KeyEscape)
		}
	})
}

func TestCheckTellsWhatItFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := activityRig(t, 1)
		r.press(tr("activity.verify"))
		r.until("the answer", r.dialogs.Covered)
		if !r.shows(tr("activity.sound")) {
			t.Errorf("%q", r.texts())
		}
		r.key(fyne.KeyReturn)
		r.f.session.mu.Lock()
		for i := range mostFindings + 3 {
			r.f.session.findings = append(r.f.session.findings, app.Finding{Place: fmt.Sprint("journal/", i), What: "changed"})
		}
		r.f.session.mu.Unlock()
		r.settle()
		r.press(tr("activity.verify"))
		r.until("the answer", r.dialogs.Covered)
		if !r.shows("Entry 0 of the record: changed.") || !r.shows(tr("activity.findings.more", "count", 3)) {
			t.Errorf("%q", r.texts())
		}
		r.uncut("findings")
		r.press(tr("remedy.tampered"))
		if r.route != (Route{Place: Recovery, Act: "restore"}) || r.dialogs.Covered() {
			t.Errorf("%+v", r.route)
		}
	})
}

// TestExportWarnsOfNamesAndReplacesNothing writes the record, under pseudonyms and with names, and refuses a file that is there.
func TestExportWarnsOfNamesAndReplacesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := activityRig(t, 1)
		r.press(tr("activity.export"))
		r.settle()
		if r.button(tr("activity.export.save")) == nil || !r.button(tr("activity.export.save")).Disabled() {
			t.Fatal("without a file something can be written")
		}
		path := filepath.Join(t.TempDir(), "out.jsonl")
		r.typing(path)
		if r.shows(tr("activity.export.warning")) {
			t.Error("warned of nothing")
		}
		r.press(tr("activity.export.save"))
		r.until("the file", r.dialogs.Covered)
		if !r.f.said("export journal false") || !r.shows(tr("activity.exported", "count", 1)) {
			t.Errorf("%q, %q", r.f.calls, r.texts())
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != "{}\n" {
			t.Errorf("%q, %v", data, err)
		}
		r.key(fyne.KeyReturn)
		find[*parts.Check](r)[0].SetChecked(true)
		r.settle()
		if !r.shows(tr("activity.export.warning")) {
			t.Error("not warned of names")
		}
		r.uncut("the warning")
		r.press(tr("activity.export.save"))
		r.until("the refusal", r.dialogs.Covered)
		if r.f.said("export journal true") || !strings.Contains(strings.Join(r.texts(), " "), "is there already") {
			t.Errorf("%q, %q", r.f.calls, r.texts())
		}
	})
}
