package logind

import (
	"os"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"holdfast/internal/privatebus"
)

// bus is a bus of the test's own.
type bus struct {
	t *testing.T
	*privatebus.Bus
}

// startBus starts a bus in a folder.
func startBus(t *testing.T, dir string) *bus {
	t.Helper()
	started, err := privatebus.Start(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	b := &bus{t, started}
	t.Cleanup(b.stop)
	return b
}

func (b *bus) stop() {
	if err := b.Close(); err != nil {
		b.t.Error(err)
	}
}

func (b *bus) connect() *dbus.Conn {
	b.t.Helper()
	c, err := dbus.Connect(b.Address)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = c.Close() })
	return c
}

// login1 stands in for logind.
type login1 struct {
	t    *testing.T
	conn *dbus.Conn
	user bool // programs belong to the person's service manager, not to a session

	mu    sync.Mutex
	holds []*os.File // the other end of each inhibitor; guarded by mu
	given []*os.File // our end of each inhibitor, open until its copy has been sent; guarded by mu
	asked []string   // guarded by mu
}

// ourSession and otherSession are two persons' sessions.
const (
	ourSession   = dbus.ObjectPath("/org/freedesktop/login1/session/_37")
	otherSession = dbus.ObjectPath("/org/freedesktop/login1/session/_38")
)

func (b *bus) login1(user bool) *login1 {
	b.t.Helper()
	l := &login1{t: b.t, conn: b.connect(), user: user}
	if err := l.conn.Export(l, managerPath, manager); err != nil {
		b.t.Fatal(err)
	}
	if err := l.conn.Export(auto{}, managerPath+"/session/auto", properties); err != nil {
		b.t.Fatal(err)
	}
	if reply, err := l.conn.RequestName(service, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		b.t.Fatalf("%v, %v", reply, err)
	}
	return l
}

// GetSessionByPID is org.freedesktop.login1's.
func (l *login1) GetSessionByPID(uint32) (dbus.ObjectPath, *dbus.Error) {
	if l.user {
		return "", dbus.NewError("org.freedesktop.login1.NoSessionForPID", nil)
	}
	return ourSession, nil
}

// GetSession is org.freedesktop.login1's.
func (l *login1) GetSession(id string) (dbus.ObjectPath, *dbus.Error) {
	if id != "7" {
		return "", dbus.NewError("org.freedesktop.login1.NoSuchSession", nil)
	}
	return ourSession, nil
}

// Inhibit is org.freedesktop.login1's.
func (l *login1) Inhibit(what, who, why, mode string) (dbus.UnixFD, *dbus.Error) {
	r, w, err := os.Pipe()
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holds = append(l.holds, r)
	l.asked = append(l.asked, what+" "+mode)
	l.given = append(l.given, w)
	return dbus.UnixFD(w.Fd()), nil
}

// auto is the session that logind takes for the caller's.
type auto struct{}

// Get is org.freedesktop.DBus.Properties'.
func (auto) Get(_, name string) (dbus.Variant, *dbus.Error) { return dbus.MakeVariant("7"), nil }

// held is how many inhibitors have been taken, and the newest.
func (l *login1) held() (int, *os.File) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.holds) == 0 {
		return 0, nil
	}
	return len(l.holds), l.holds[len(l.holds)-1]
}

// released waits until an inhibitor that was sent is given back.
func (l *login1) released(hold *os.File, within time.Duration) bool {
	l.mu.Lock()
	for _, f := range l.given {
		_ = f.Close() // the copy that was sent stays
	}
	l.given = nil
	l.mu.Unlock()
	if err := hold.SetReadDeadline(time.Now().Add(within)); err != nil {
		l.t.Fatal(err)
	}
	_, err := hold.Read(make([]byte, 1))
	return err != nil && !os.IsTimeout(err) // the end of the pipe
}

func emit(t *testing.T, c *dbus.Conn, path dbus.ObjectPath, name string, values ...any) {
	t.Helper()
	if err := c.Emit(path, name, values...); err != nil {
		t.Fatal(err)
	}
}
