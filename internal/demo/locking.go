package main

import (
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"

	"holdfast/internal/journey/shown"
)

// Chapter 6: locking.

func locking(s *stage) error {
	return inOrder(
		s.step("Ctrl+L locks at once", s.lock, s.sees("Your key is here")),
		s.letGo,
		s.nothingComesBack,
		s.step("the key opens the vault again", s.unlock),

		s.step("the key is pulled out: locked", s.unplug("key1"), s.sees("Locked: the key that opened the vault was unplugged.", "not plugged in")),
		s.nothingComesBack,
		s.plug("key1"), s.sees("Your key is here"), s.unlock,

		s.step("the computer goes to sleep: locked", s.sleep, s.sees("Locked: the computer went to sleep.")),
		s.nothingComesBack,
		s.unlock,

		s.step("it locks by itself after a minute, if wanted", s.key("ctrl+6"), s.choose("5 minutes", "1 minute"), s.set("1 minute"), s.sees("The vault also locks whenever this computer sleeps")),
		s.outside(s.idleIs(60)),
	)
}

// letGo asks the command line, which no vault is opened for that somebody has open.
func (s *stage) letGo() error {
	st, err := s.status("--token", "10000001/piv")
	if err != nil {
		return err
	}
	return s.check("the window has let go of the vault: the command line opens it", st["armed"] == true, "%v", st["armed"])
}

// nothingComesBack tries the keys that lead back, and those of each place.
func (s *stage) nothingComesBack() error {
	keys := []string{"Escape", "alt+Left"}
	for n := range 7 {
		keys = append(keys, fmt.Sprintf("ctrl+%d", n+1))
	}
	if err := s.window.Key(s.ctx, append(keys, "Escape", "alt+Left")...); err != nil {
		return err
	}
	if err := s.screen.Settled(s.ctx); err != nil {
		return err
	}
	v := s.window.View()
	_, places := v.Find("Home")
	return s.check("Escape, Back and the places' keys bring nothing back", !places && !v.Covered && v.Says("Locked") && !v.Says("What happened last"), "something came back:\n%s", v)
}

// set waits until a choice is in force: it can be used again as soon as the vault holds it.
func (s *stage) set(option string) act {
	return func() error {
		_, err := s.window.Item(s.ctx, option, shown.Choice)
		return err
	}
}

func (s *stage) idleIs(seconds int) act {
	return func() error {
		got, err := s.result("settings", "--token", "10000001/piv")
		if err != nil {
			return err
		}
		return s.check(fmt.Sprintf("the vault holds that it locks after %d seconds", seconds), got["lockAfterSeconds"] == float64(seconds), "%v", got)
	}
}

// sleep says on the bus what systemd-logind says when the computer is about to sleep.
func (s *stage) sleep() error {
	return s.bus.Emit("/org/freedesktop/login1", "org.freedesktop.login1.Manager.PrepareForSleep", true)
}

// login1 stands in for systemd-logind: as much of it as the wallet asks.
type login1 struct{}

// GetSessionByPID is org.freedesktop.login1's.
func (login1) GetSessionByPID(uint32) (dbus.ObjectPath, *dbus.Error) {
	return "/org/freedesktop/login1/session/_31", nil
}

// Inhibit is org.freedesktop.login1's; sleep is not held up here, where nothing sleeps.
func (login1) Inhibit(_, _, _, _ string) (dbus.UnixFD, *dbus.Error) {
	return 0, dbus.MakeFailedError(errors.New("nothing sleeps here"))
}
