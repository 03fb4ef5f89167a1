package main

import (
	"context"
	"sync"

	"holdfast/app"
	"holdfast/internal/attach"
)

// lazyDevices starts to look for tokens when somebody first asks for one, so that commands without a token touch none.
type lazyDevices struct {
	start func() (devices, error)

	once sync.Once
	real devices
	err  error
}

var _ app.Devices = (*lazyDevices)(nil)

func (l *lazyDevices) open() (devices, error) {
	l.once.Do(func() { l.real, l.err = l.start() })
	return l.real, l.err
}

// Close lets go of the tokens, if they were ever looked for.
func (l *lazyDevices) Close() error {
	if l.real == nil {
		return nil
	}
	return l.real.Close()
}

// List implements app.Devices.
func (l *lazyDevices) List(ctx context.Context) ([]app.Token, error) {
	d, err := l.open()
	if err != nil {
		return nil, err
	}
	return d.List(ctx)
}

// Watch implements app.Devices.
func (l *lazyDevices) Watch(ctx context.Context) <-chan app.TokenEvent {
	d, err := l.open()
	if err != nil {
		closed := make(chan app.TokenEvent)
		close(closed)
		return closed
	}
	return d.Watch(ctx)
}

// Facts implements app.Devices.
func (l *lazyDevices) Facts(ctx context.Context, id string) (app.TokenFacts, error) {
	d, err := l.open()
	if err != nil {
		return app.TokenFacts{}, err
	}
	return d.Facts(ctx, id)
}

// PIV implements app.Devices. A token is named by List, so the devices have been started.
func (l *lazyDevices) PIV(id string) app.PIVSide { return l.real.PIV(id) }

// FIDO2 implements app.Devices.
func (l *lazyDevices) FIDO2(id string) app.FIDO2Side { return l.real.FIDO2(id) }

// attachDevices starts to look for the tokens of this machine, and for passkey sides at extra paths.
func attachDevices(extra []string) (devices, error) {
	return attach.Devices(attach.Options{FIDOPaths: extra}), nil
}
