package logind

import (
	"context"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"holdfast/app"
)

// The names of org.freedesktop.login1(5).
const (
	service     = "org.freedesktop.login1"
	managerPath = dbus.ObjectPath("/org/freedesktop/login1")
	manager     = service + ".Manager"
	session     = service + ".Session"
	properties  = "org.freedesktop.DBus.Properties"
	busName     = "org.freedesktop.DBus"
)

// callTime bounds a call: logind answers in milliseconds, or is not well.
const callTime = 5 * time.Second

// ear is one connection to the bus.
type ear struct {
	conn    *dbus.Conn
	out     chan<- app.Presence
	owner   string          // the connection that owns logind's name; "" while none does
	session dbus.ObjectPath // the person's; "" where it is not known
	delay   *os.File        // holds up sleep while it is open; nil while it is not given
}

// listen hears from one connection until it breaks or ctx ends, and says whether there was one.
func (w *Watcher) listen(ctx context.Context, out chan<- app.Presence) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := dbus.Connect(w.address, dbus.WithContext(ctx), dbus.WithAuth(dbus.AuthExternal(strconv.Itoa(os.Getuid()))), dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		return false
	}
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	e := &ear{conn: conn, out: out}
	defer e.release()
	if !e.match(ctx) || !e.meet(ctx, e.ownerNow(ctx)) {
		return true
	}
	for {
		select {
		case s, ok := <-signals:
			if !ok || !e.hear(ctx, s) {
				return true
			}
		case <-ctx.Done():
			return true
		}
	}
}

// match asks the bus for the signals that matter. Those of the session are asked for once it is known.
func (e *ear) match(ctx context.Context) bool {
	for _, m := range [][]dbus.MatchOption{
		{dbus.WithMatchSender(busName), dbus.WithMatchInterface(busName), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, service)},
		{dbus.WithMatchSender(service), dbus.WithMatchInterface(manager), dbus.WithMatchObjectPath(managerPath)},
		{dbus.WithMatchSender(service), dbus.WithMatchInterface(session)},
		{dbus.WithMatchSender(service), dbus.WithMatchInterface(properties), dbus.WithMatchMember("PropertiesChanged"), dbus.WithMatchArg(0, session)},
	} {
		if e.conn.AddMatchSignalContext(ctx, m...) != nil {
			return false
		}
	}
	return true
}

// ownerNow asks who owns logind's name; "" while nobody does.
func (e *ear) ownerNow(ctx context.Context) string {
	owner := ""
	if err := e.call(ctx, busName, "/org/freedesktop/DBus", busName+".GetNameOwner", []any{service}, &owner); err != nil {
		return ""
	}
	return owner
}

// meet takes a new owner of logind's name: whose session this is, and a hold on sleep. It tells whether anybody will tell.
func (e *ear) meet(ctx context.Context, owner string) bool {
	e.owner, e.session = owner, ""
	e.release()
	if owner != "" {
		e.session = e.ours(ctx)
		e.hold(ctx)
	}
	return send(ctx, e.out, app.Presence{Told: owner != ""})
}

// ours finds the session that this process runs for: the one it belongs to, else, for a program that the person's service manager started, the one
// that logind takes for the caller's. The variable that names a session is not asked: anybody may have set it.
func (e *ear) ours(ctx context.Context) dbus.ObjectPath {
	var path dbus.ObjectPath
	if e.call(ctx, e.owner, managerPath, manager+".GetSessionByPID", []any{uint32(os.Getpid())}, &path) == nil { //nolint:gosec // a process number
		return path
	}
	var id dbus.Variant
	if e.call(ctx, e.owner, managerPath+"/session/auto", properties+".Get", []any{session, "Id"}, &id) != nil {
		return ""
	}
	name, ok := id.Value().(string)
	if !ok || e.call(ctx, e.owner, managerPath, manager+".GetSession", []any{name}, &path) != nil {
		return ""
	}
	return path
}

func (e *ear) call(ctx context.Context, to string, path dbus.ObjectPath, method string, args []any, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return e.conn.Object(to, path).CallWithContext(ctx, method, 0, args...).Store(out)
}

// hold asks for a moment before each sleep. Where it is not given, locking begins all the same, and may end after waking.
func (e *ear) hold(ctx context.Context) {
	var fd dbus.UnixFD
	if e.call(ctx, e.owner, managerPath, manager+".Inhibit", []any{"sleep", "Holdfast", "The vault is being locked", "delay"}, &fd) != nil {
		return
	}
	e.release()
	e.delay = os.NewFile(uintptr(fd), "inhibitor") //nolint:gosec // a descriptor that the bus handed over
}

// handOver gives the hold to whoever locks: what comes back lets this sleep begin, by any goroutine, and no later one.
func (e *ear) handOver() func() {
	held := e.delay
	e.delay = nil
	return sync.OnceFunc(func() { letGo(held) })
}

// release lets the machine sleep.
func (e *ear) release() { e.handOver()() }

func letGo(hold *os.File) {
	if hold != nil {
		_ = hold.Close() // nothing was written through it
	}
}

// hear takes one signal; false when nobody listens any more. What does not come from the bus itself or from logind is nothing.
func (e *ear) hear(ctx context.Context, s *dbus.Signal) bool {
	if s.Sender == busName {
		return e.hearBus(ctx, s)
	}
	if e.owner == "" || s.Sender != e.owner {
		return true
	}
	switch {
	case s.Path == managerPath && s.Name == manager+".PrepareForSleep":
		if flag(s) {
			return send(ctx, e.out, app.Presence{Told: true, Why: app.LockedBySuspend, Locked: e.handOver()})
		}
		e.hold(ctx)
	case s.Path == managerPath && s.Name == manager+".PrepareForShutdown" && flag(s):
		return send(ctx, e.out, app.Presence{Told: true, Why: app.LockedBySuspend})
	case s.Path == e.session && (s.Name == session+".Lock" || lockedHint(s)):
		return send(ctx, e.out, app.Presence{Told: true, Why: app.LockedBySession})
	}
	return true
}

// hearBus follows logind when it is started again, or for the first time.
func (e *ear) hearBus(ctx context.Context, s *dbus.Signal) bool {
	if s.Name != busName+".NameOwnerChanged" || len(s.Body) != 3 || s.Body[0] != any(service) {
		return true
	}
	owner, ok := s.Body[2].(string)
	if !ok || owner == e.owner {
		return true
	}
	return e.meet(ctx, owner)
}

// flag is the one argument of a signal that begins or ends something.
func flag(s *dbus.Signal) bool {
	return len(s.Body) == 1 && s.Body[0] == any(true)
}

// lockedHint reports whether a signal says that the session's screen has been locked: a desktop that locks it by its own key sets the hint, and is sent
// no Lock.
func lockedHint(s *dbus.Signal) bool {
	if s.Name != properties+".PropertiesChanged" || len(s.Body) < 2 || s.Body[0] != any(session) {
		return false
	}
	changed, ok := s.Body[1].(map[string]dbus.Variant)
	return ok && changed["LockedHint"].Value() == any(true)
}
