package helper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"holdfast/keystore"
	"holdfast/token"
)

// talk is the wallet's side of one act.
type talk struct {
	client   *Client
	requests io.Writer // to the helper
	answers  io.Reader // from the helper
	gate     keystore.Gate
	token    token.Token
	enrol    *keystore.PIVEnrolRequest // of an enrolment
	replaced replaced                  // as the helper said last
	untouch  func()                    // takes the touch notice away; nil when none is shown
}

// speak sends the request and answers the helper's questions until its last frame. The pipe is read beside the questions, so that a helper that
// dies takes a prompt with it.
func (t *talk) speak(caller context.Context, r request) (frame, error) {
	ctx, cancel := context.WithCancel(caller)
	defer cancel()
	defer t.endTouch()
	if err := writeJSON(t.requests, kindRequest, r); err != nil {
		return frame{}, err
	}
	frames, broken := make(chan frame), make(chan error, 1)
	go func() {
		broken <- t.listen(ctx, frames)
		cancel()
	}()
	silent := time.NewTimer(t.client.silence)
	defer silent.Stop()
	for {
		select {
		case <-silent.C:
			return frame{}, token.NewError(token.Frozen, t.token.Kind, fmt.Sprintf("no sign of life for %v", t.client.silence))
		case f := <-frames:
			last, err := t.handle(ctx, f)
			if err != nil && !last && ctx.Err() != nil && caller.Err() == nil {
				return f, <-broken // the helper died under a prompt
			}
			if err != nil || last {
				return f, err
			}
			silent.Reset(t.client.silence) // a person may take their time
		case err := <-broken:
			return frame{}, err
		}
	}
}

// listen hands on the helper's frames until the pipe or ctx ends.
func (t *talk) listen(ctx context.Context, frames chan<- frame) error {
	for {
		f, err := readFrame(t.answers)
		if err != nil {
			return err
		}
		select {
		case frames <- f:
		case <-ctx.Done():
			if f.secret != nil {
				f.secret.Destroy()
			}
			return ctx.Err()
		}
	}
}

// handle answers one frame; last says that the act has ended.
func (t *talk) handle(ctx context.Context, f frame) (last bool, err error) {
	switch f.kind {
	case kindAskPIN:
		return false, t.answerPIN(ctx, f)
	case kindTouchBegins:
		return false, t.beginTouch(ctx)
	case kindTouchEnds:
		t.endTouch()
		return false, nil
	case kindAlive:
		return false, nil
	case kindReplaced:
		return false, parse(f.json, &t.replaced)
	case kindMade:
		return false, t.noteMade(f)
	case kindAskCertificates:
		return false, t.answerCertificates(f)
	case kindSecret, kindResult:
		return true, nil
	case kindError:
		var e token.Error
		if err := parse(f.json, &e); err != nil {
			return false, err
		}
		return true, &e
	case kindRequest, kindPIN, kindCertificates, kindNoted, kindCancel:
		fallthrough
	default:
		if f.secret != nil {
			f.secret.Destroy()
		}
		return false, fmt.Errorf("%w: the helper sends kind %q", errFrame, byte(f.kind))
	}
}

// answerPIN asks the person. A prompt that gives nothing ends the act.
func (t *talk) answerPIN(ctx context.Context, f frame) error {
	var ask keystore.PINRequest
	if err := parse(f.json, &ask); err != nil {
		return err
	}
	if t.gate.Prompts.PIN == nil {
		return failed(t.token.Kind, "the helper asks for a PIN where none is needed")
	}
	ask.Token = t.token.Name
	typed, err := t.gate.Prompts.PIN(ctx, ask)
	if err != nil && ask.Again != "" && ctx.Err() == nil {
		return notTaken(t.token.Kind, ask) // why it was asked for again says more than why nobody answered
	}
	if err != nil {
		return token.NewError(token.Cancelled, t.token.Kind, "no PIN was given").Because(err)
	}
	defer typed.Destroy()
	if typed.Len() < 1 || typed.Len() > maxSecret {
		return token.NewError(token.PINRefused, t.token.Kind, fmt.Sprintf("a PIN of %d bytes", typed.Len()))
	}
	return writeSecret(t.requests, kindPIN, typed)
}

// notTaken is the answer to a new PIN that was asked for again in vain.
func notTaken(side token.Kind, ask keystore.PINRequest) *token.Error {
	e := token.NewError(token.PINRefused, side, string(ask.Again))
	if ask.Again == keystore.AgainFactory {
		e.Code = token.FactoryValue
	}
	e.PUK = ask.Which == keystore.PINNewPUK
	return e
}

// ownError is what the wallet's own part of an act answered: it is no fault of the helper's.
type ownError struct{ error }

// Unwrap gives the error.
func (e *ownError) Unwrap() error { return e.error }

// noteMade has the keys noted before the helper goes on.
func (t *talk) noteMade(f frame) error {
	var keys keystore.PIVKeys
	if err := parse(f.json, &keys); err != nil {
		return err
	}
	if t.enrol == nil {
		return failed(t.token.Kind, "the helper made keys where none were asked for")
	}
	if t.enrol.Made != nil {
		if err := t.enrol.Made(keys); err != nil {
			return &ownError{err}
		}
	}
	return writeFrame(t.requests, kindNoted, nil)
}

func (t *talk) beginTouch(ctx context.Context) error {
	if t.gate.Prompts.Touch == nil {
		return failed(t.token.Kind, "the helper asks for a touch where none is needed")
	}
	t.endTouch()
	r := t.gate.Touch
	if r.Token == "" {
		r.Token = t.token.Name
	}
	t.untouch = t.gate.Prompts.Touch(ctx, r)
	return nil
}

func (t *talk) endTouch() {
	if t.untouch != nil {
		t.untouch()
		t.untouch = nil
	}
}

func (t *talk) answerCertificates(f frame) error {
	var keys keystore.PIVKeys
	if err := parse(f.json, &keys); err != nil {
		return err
	}
	if t.enrol == nil || t.enrol.Certificates == nil {
		return failed(t.token.Kind, "the helper asks for certificates where none are needed")
	}
	made, err := t.enrol.Certificates(keys)
	if err != nil {
		return errors.Join(failed(t.token.Kind, "no certificates for the new keys"), err)
	}
	return writeJSON(t.requests, kindCertificates, certificates(made))
}
