package ui

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"holdfast/app"
	"holdfast/ui/look"
)

// TestShotsOfLocking draws the states of Settings, Activity, About and the locked page that TestShots does not.
func TestShotsOfLocking(t *testing.T) {
	shot := shooter(t)
	for _, a := range []look.Appearance{look.Light, look.Dark} {
		t.Run(string(a), inBubble(func(t *testing.T) {
			r := openRig(t)
			r.f.session.mu.Lock()
			for i, result := range app.JournalResults() {
				r.f.session.journal = append(r.f.session.journal, app.JournalEvent{Number: uint64(10 + i), Time: day(i), Act: "sign", Subject: "did:key:z6Mk", Result: result, Facts: map[string]string{"type": "holdfast-file+jws"}})
			}
			r.f.session.mu.Unlock()
			for _, size := range app.TextSizes() {
				r.choose(func(s *app.WindowSettings) { s.Appearance, s.TextSize = string(a), size })
				for _, route := range []Route{{Place: Settings}, {Place: Activity}, {Place: Activity, Act: "export"}, {Place: About}, {Place: Home}, {Place: Keys}} {
					r.Go(route)
					shot(r, fmt.Sprintf("%s-%d-%s%s", a, size, route.Place, route.Act))
				}
			}
			r.choose(func(s *app.WindowSettings) { s.TextSize = 100 })
			r.Go(Route{Place: Activity})
			r.settle()
			r.showEvent(app.JournalLine{
				Event: app.JournalEvent{Number: 12, Time: day(1), Act: "sign", Result: "interrupted"}, Entries: 1, Words: "Signed a file as \u201clabel 1\u201d",
				Details: []app.Detail{{Name: "About", Value: "\u201clabel 1\u201d"}, {Name: "Kind", Value: "file"}},
			})
			shot(r, string(a)+"-activity-entry")
			r.key(fyne.KeyEscape)
			r.showFindings([]app.Finding{{Place: "journal/12", What: "the hash does not fit"}, {Place: "page 7", What: "it cannot be read"}})
			shot(r, string(a)+"-activity-findings")
			r.dialogs.Clear()
			r.lock(app.LockedBySuspend)
			shot(r, string(a)+"-locked-suspend")
			r.Go(Route{Place: About})
			shot(r, string(a)+"-locked-about")
		}))
	}
}
