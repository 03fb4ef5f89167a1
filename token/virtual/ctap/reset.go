package ctap

import "time"

// resetWindow is how long after power-up a reset is taken (section 6.6).
const resetWindow = 10 * time.Second

// reset is authenticatorReset: credentials and PIN are gone.
func (a *Authenticator) reset(r *request) error {
	if time.Since(a.power.since) > resetWindow {
		return ErrNotAllowed
	}
	if err := a.touch(r); err != nil {
		return err
	}
	if err := a.factory(); err != nil {
		return err
	}
	since := a.power.since // a reset is no power-up
	err := a.startPower()
	a.power.since = since
	return err
}
