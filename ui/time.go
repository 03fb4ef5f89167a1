package ui

import "time"

// when writes a time as people here write it: their own clock, without seconds. A time that never was is empty.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}

// clock writes a time of today.
func clock(t time.Time) string { return t.Local().Format("15:04") }

// widestTime is a time that takes as much room as any, so that a row is measured wide enough.
func widestTime() time.Time { return time.Date(2000, time.December, 28, 20, 0, 0, 0, time.UTC) }
