package logind

import (
	"context"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"holdfast/app"
)

// next gives what is heard next; nothing within the time is Presence{}.
func next(t *testing.T, from <-chan app.Presence, within time.Duration) (app.Presence, bool) {
	t.Helper()
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case p, ok := <-from:
		return p, ok
	case <-timer.C:
		return app.Presence{}, false
	}
}

// told skips what is heard until the system says whether it tells.
func told(t *testing.T, from <-chan app.Presence, want bool) {
	t.Helper()
	for range 50 {
		if p, ok := next(t, from, 30*time.Second); ok && p.Why == "" && p.Told == want {
			return
		}
	}
	t.Fatalf("never told %v", want)
}

// nothing holds that what was sent was not heard: what is sent now is heard next, and no more than that.
func nothing(t *testing.T, what string, l *login1, heard <-chan app.Presence) {
	t.Helper()
	emit(t, l.conn, ourSession, session+".Lock")
	emit(t, l.conn, managerPath, manager+".PrepareForShutdown", true)
	for _, want := range []app.LockReason{app.LockedBySession, app.LockedBySuspend} {
		if p, _ := next(t, heard, 30*time.Second); p.Why != want {
			t.Errorf("%s was heard: %+v", what, p)
		}
	}
}

func TestSleepAndLockAreHeard(t *testing.T) {
	b := startBus(t, t.TempDir())
	for name, user := range map[string]bool{"a program of the session": false, "a program of the service manager": true} {
		t.Run(name, func(t *testing.T) {
			l := b.login1(user)
			heard := At(b.Address).Watch(t.Context())
			told(t, heard, true)
			for what, s := range map[string]struct {
				path dbus.ObjectPath
				name string
				args []any
				want app.LockReason
			}{
				"sleep":           {managerPath, manager + ".PrepareForSleep", []any{true}, app.LockedBySuspend},
				"shutdown":        {managerPath, manager + ".PrepareForShutdown", []any{true}, app.LockedBySuspend},
				"lock":            {ourSession, session + ".Lock", nil, app.LockedBySession},
				"locked hint":     {ourSession, properties + ".PropertiesChanged", []any{session, map[string]dbus.Variant{"LockedHint": dbus.MakeVariant(true)}, []string{}}, app.LockedBySession},
				"unlocked hint":   {ourSession, properties + ".PropertiesChanged", []any{session, map[string]dbus.Variant{"LockedHint": dbus.MakeVariant(false)}, []string{}}, ""},
				"waking":          {managerPath, manager + ".PrepareForSleep", []any{false}, ""},
				"somebody else":   {otherSession, session + ".Lock", nil, ""},
				"an unlock":       {ourSession, session + ".Unlock", nil, ""},
				"a strange value": {managerPath, manager + ".PrepareForSleep", []any{"true"}, ""},
				"no value":        {managerPath, manager + ".PrepareForSleep", nil, ""},
				"a short change":  {ourSession, properties + ".PropertiesChanged", []any{session}, ""},
			} {
				emit(t, l.conn, s.path, s.name, s.args...)
				if s.want == "" {
					nothing(t, what, l, heard)
				} else if p, _ := next(t, heard, 30*time.Second); p.Why != s.want {
					t.Errorf("%s: %+v", what, p)
				}
			}
			if _, err := l.conn.ReleaseName(service); err != nil {
				t.Fatal(err)
			}
			told(t, heard, false)
		})
	}
}

// TestForgedSignalsAreNothing sends what logind would, from another connection: to everybody, and to the watcher alone, past what it asked the bus for.
func TestForgedSignalsAreNothing(t *testing.T) {
	b := startBus(t, t.TempDir())
	l := b.login1(false)
	heard := At(b.Address).Watch(t.Context())
	told(t, heard, true)
	forger := b.connect()
	var names []string
	if err := forger.BusObject().Call(busName+".ListNames", 0).Store(&names); err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, to := range append(names, "") {
		for _, s := range []struct {
			path  dbus.ObjectPath
			iface string
			name  string
			args  []any
		}{
			{managerPath, manager, "PrepareForSleep", []any{true}},
			{ourSession, session, "Lock", nil},
			{"/org/freedesktop/DBus", busName, "NameOwnerChanged", []any{service, "", forger.Names()[0]}},
		} {
			m := &dbus.Message{Type: dbus.TypeSignal, Headers: map[dbus.HeaderField]dbus.Variant{
				dbus.FieldPath: dbus.MakeVariant(s.path), dbus.FieldInterface: dbus.MakeVariant(s.iface), dbus.FieldMember: dbus.MakeVariant(s.name),
			}, Body: s.args}
			if len(s.args) > 0 {
				m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(s.args...))
			}
			if to != "" {
				m.Headers[dbus.FieldDestination] = dbus.MakeVariant(to)
			}
			forger.Send(m, nil)
			sent++
		}
	}
	if sent < 6 {
		t.Fatalf("%d signals sent", sent)
	}
	if err := forger.BusObject().Call(busName+".ListNames", 0).Store(&names); err != nil { // the bus has passed on what came before
		t.Fatal(err)
	}
	nothing(t, "a forged signal", l, heard)
}

// TestSleepWaitsForTheLock holds that sleep is held up from the start, until everything has locked, and again after waking.
func TestSleepWaitsForTheLock(t *testing.T) {
	b := startBus(t, t.TempDir())
	l := b.login1(false)
	heard := At(b.Address).Watch(t.Context())
	told(t, heard, true)
	for round := 1; round <= 2; round++ {
		n, hold := l.held()
		if n != round || l.asked[n-1] != "sleep delay" {
			t.Fatalf("round %d: %d holds, %q", round, n, l.asked)
		}
		emit(t, l.conn, managerPath, manager+".PrepareForSleep", true)
		p, _ := next(t, heard, 30*time.Second)
		if p.Why != app.LockedBySuspend {
			t.Fatalf("%+v", p)
		}
		if l.released(hold, 200*time.Millisecond) {
			t.Fatal("the machine may sleep before everything has locked")
		}
		p.Locked()
		p.Locked()
		if !l.released(hold, 30*time.Second) {
			t.Fatal("sleep is held up after everything has locked")
		}
		emit(t, l.conn, managerPath, manager+".PrepareForSleep", false)
		for range 1500 {
			if n, _ := l.held(); n > round {
				break
			}
			sleep(t.Context(), 20*time.Millisecond)
		}
	}
}

// TestNoBusIsSaid holds that a machine without a bus, or without logind, says so, and that the watcher comes back with them.
func TestNoBusIsSaid(t *testing.T) {
	dir := t.TempDir()
	b := startBus(t, dir)
	ctx, stop := context.WithCancel(t.Context())
	heard := At(b.Address).Watch(ctx)
	told(t, heard, false) // nobody is logind
	l := b.login1(false)
	told(t, heard, true)
	_, hold := l.held()
	b.stop()
	told(t, heard, false)
	if !l.released(hold, 30*time.Second) {
		t.Error("a hold outlives its bus")
	}
	b = startBus(t, dir)
	l = b.login1(false)
	told(t, heard, true)
	emit(t, l.conn, ourSession, session+".Lock")
	if p, _ := next(t, heard, 30*time.Second); p.Why != app.LockedBySession {
		t.Errorf("%+v", p)
	}
	stop()
	for range heard {
	}
	nowhere := At("unix:path=" + t.TempDir() + "/nothing").Watch(t.Context())
	told(t, nowhere, false)
}
