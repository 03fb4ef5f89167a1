package app

import "context"

// Presence is one thing that the system says of the person before it.
type Presence struct {
	Told   bool       // the system tells when it sleeps; false where nobody does, or for the time being
	Why    LockReason // why everything must lock now; "" where only Told is news
	Locked func()     // to be called once everything has locked: the machine waits for it before it sleeps, for a moment; never nil
}

// Presences tell of the person before this machine. Whoever starts the program lends one.
type Presences interface {
	// Watch sends what the system says; the channel closes when ctx ends.
	Watch(ctx context.Context) <-chan Presence
}

// LockWithPresence locks the session when the machine goes to sleep or the person's screen is locked, until ctx ends.
func (s *Session) LockWithPresence(ctx context.Context, from Presences) {
	ctx, stop := context.WithCancel(ctx)
	context.AfterFunc(s.ctx, stop)
	go func() {
		defer stop()
		for p := range from.Watch(ctx) {
			if p.Why != "" {
				s.report(s.Lock(p.Why))
			}
			p.Locked()
		}
	}()
}
