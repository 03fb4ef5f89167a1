package app

import (
	"fmt"
	"strconv"
	"time"

	"holdfast/journal"
)

// toldSetting says which setting was changed, from what to what, and who confirmed it. A setting without words is told by its name.
func (n eventNames) toldSetting(e journal.Event, who string) string {
	f, s := e.Facts, ""
	switch f["setting"] {
	case "lock-when-idle":
		s = idleWords(f["was"], f["is"])
	case "lock-when-token-left":
		s = "The vault no longer locks when its key is unplugged"
		if f["is"] == "yes" {
			s = "The vault locks when its key is unplugged now"
		}
	default:
		return n.plain(e, who)
	}
	if by := f["confirmed_with"]; by != "" {
		s += " (confirmed with " + n.name(by) + ")"
	}
	return s
}

// idleWords says after how long without a sign of the owner the vault locks now and did before, both as numbers of seconds.
func idleWords(was, is string) string {
	switch {
	case is == "0":
		return "The vault no longer locks when nobody uses it; before, it did after " + secondsWords(was)
	case was == "0":
		return "The vault locks after " + secondsWords(is) + " now; before, it stayed open when nobody used it"
	default:
		return "The vault locks after " + secondsWords(is) + " now; before, it did after " + secondsWords(was)
	}
}

func secondsWords(seconds string) string {
	n, err := strconv.Atoi(seconds)
	if err != nil {
		return seconds
	}
	return Duration(time.Duration(n) * time.Second)
}

// Duration says a length of time in the largest unit that tells it exactly.
func Duration(d time.Duration) string {
	for _, u := range []struct {
		is  time.Duration
		one string
	}{{time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if d >= u.is && d%u.is == 0 {
			if d == u.is {
				return "1 " + u.one
			}
			return fmt.Sprintf("%d %ss", d/u.is, u.one)
		}
	}
	return d.String()
}
