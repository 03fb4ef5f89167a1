package helper

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
	"holdfast/token/fido2"
	"holdfast/token/piv"
)

// The exit codes of the helper.
const (
	exitDone   = 0
	exitPipe   = 3 // the pipe broke or carried no frames
	exitOpen   = 4 // the process could not be closed to others
	exitAlone  = 5 // called by hand
	exitObeyed = 6 // the wallet cancelled the act, and the act ended so by itself
)

// Main does nothing unless this process was called as the helper: then it does its one act and exits. It must be the first thing in main, before
// flags are parsed and before anything is started.
func Main() {
	if len(os.Args) != 2 || os.Args[1] != Argument {
		return
	}
	os.Exit(child()) //nolint:forbidigo // this is the main of the helper
}

func child() int {
	if err := secret.Harden(); err != nil {
		return exitOpen
	}
	requests, answers := os.NewFile(requestsFD, "requests"), os.NewFile(answersFD, "answers")
	if requests == nil || answers == nil {
		return exitAlone
	}
	switch err := serve(requests, answers); {
	case errors.Is(err, errObeyed):
		return exitObeyed
	case err != nil:
		return exitPipe
	}
	return exitDone
}

// errObeyed says that the act has ended because the wallet cancelled it.
var errObeyed = errors.New("cancelled")

// server is the helper's side of the pipe.
type server struct {
	ctx      context.Context
	answers  io.Writer
	incoming chan frame // what the wallet answers; closed when the pipe ends
}

// serve does one act. The error is errObeyed or the pipe's; what the token answers goes through the pipe.
func serve(requests io.Reader, answers io.Writer) error {
	first, err := readFrame(requests)
	if err != nil {
		return err
	}
	var r request
	if first.kind != kindRequest {
		return fmt.Errorf("%w: kind %q comes first", errFrame, byte(first.kind))
	}
	if err := parse(first.json, &r); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := &server{ctx: ctx, answers: answers, incoming: make(chan frame, 1)}
	go s.listen(requests, cancel)
	return s.answer(r)
}

// listen reads what the wallet sends, and ends the act when it says so or goes away.
func (s *server) listen(requests io.Reader, cancel context.CancelFunc) {
	defer cancel()
	defer close(s.incoming)
	for {
		f, err := readFrame(requests)
		if err != nil || f.kind == kindCancel {
			return
		}
		select {
		case s.incoming <- f:
		case <-s.ctx.Done():
			return
		}
	}
}

// answer does the act and sends its end: a secret, a result or an error.
func (s *server) answer(r request) error {
	out, shared, err := s.do(r)
	if err != nil {
		e := crossing(r.Token.Kind, err)
		err = writeJSON(s.answers, kindError, e)
		if e.Code == token.Cancelled && s.ctx.Err() != nil {
			return errObeyed // whether or not the wallet still listens
		}
		return err
	}
	if shared != nil {
		defer shared.Destroy()
		return writeSecret(s.answers, kindSecret, shared)
	}
	return writeJSON(s.answers, kindResult, out)
}

// crossing gives the token.Error in err, which alone crosses the pipe.
func crossing(side token.Kind, err error) *token.Error {
	var coded *token.Error
	if errors.As(err, &coded) {
		return coded
	}
	code := token.CodeOf(err)
	if code == token.Unknown {
		code = token.HelperFailed
	}
	return token.NewError(code, side, err.Error())
}

func (s *server) do(r request) (result, *secret.Bytes, error) {
	switch r.Token.Kind {
	case token.PIV:
		return s.doPIV(r)
	case token.FIDO2:
		return s.doFIDO2(r)
	default:
		return result{}, nil, token.NewError(token.BadRequest, "", fmt.Sprintf("a token of kind %q", r.Token.Kind))
	}
}

func (s *server) doPIV(r request) (out result, shared *secret.Bytes, err error) {
	roots, err := parseRoots(r.Roots)
	if err != nil {
		return out, nil, err
	}
	key := &piv.Key{Token: r.Token, Roots: roots, Replaced: s.sayReplaced}
	switch {
	case r.Act == actECDH && r.ECDH != nil:
		shared, err = key.ECDH(s.ctx, *r.ECDH, s.gate())
	case r.Act == actEnrolPIV:
		out.Keys, err = key.EnrolPIV(s.ctx, keystore.PIVEnrolRequest{
			Tiers: r.Tiers, Reclaim: r.Reclaim, Made: s.sayMade, Certificates: s.askCertificates,
		}, s.gate())
	case r.Act == actCertificate:
		out.Certificate, err = key.OwnerCertificate(s.ctx, r.Certificate)
	default:
		return s.ask(r, key)
	}
	return out, shared, err
}

func (s *server) doFIDO2(r request) (out result, shared *secret.Bytes, err error) {
	key := &fido2.Key{Token: r.Token, Replaced: s.sayReplaced, Alive: s.sayAlive}
	switch {
	case r.Act == actHMAC && r.HMAC != nil:
		shared, err = key.HMACSecret(s.ctx, *r.HMAC, s.gate())
	case r.Act == actEnrolFIDO2 && r.EnrolFIDO2 != nil:
		var made keystore.FIDO2Credential
		made, err = key.EnrolFIDO2(s.ctx, *r.EnrolFIDO2, s.gate())
		out.Credential = &made
	default:
		return s.ask(r, key)
	}
	return out, shared, err
}

// asker is what both sides tell without a PIN.
type asker interface {
	Identify(ctx context.Context) (token.Token, error)
	Facts(ctx context.Context) (token.Facts, error)
}

func (s *server) ask(r request, key asker) (out result, shared *secret.Bytes, err error) {
	switch r.Act {
	case actIdentify:
		var t token.Token
		t, err = key.Identify(s.ctx)
		out.Token = &t
	case actFacts:
		var f token.Facts
		f, err = key.Facts(s.ctx)
		out.Facts = &f
	case actECDH, actEnrolPIV, actCertificate, actHMAC, actEnrolFIDO2:
		fallthrough
	default:
		err = token.NewError(token.BadRequest, r.Token.Kind, fmt.Sprintf("act %q", r.Act))
	}
	return out, nil, err
}

func parseRoots(list [][]byte) (*x509.CertPool, error) {
	if len(list) == 0 {
		return nil, nil
	}
	pool := x509.NewCertPool()
	for _, der := range list {
		root, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, token.NewError(token.BadRequest, token.PIV, "an extra root of attestation: "+err.Error())
		}
		pool.AddCert(root)
	}
	return pool, nil
}

// gate asks the person through the pipe. What a touch is for stays with the wallet, which knows.
func (s *server) gate() keystore.Gate {
	return keystore.Gate{Prompts: keystore.Prompts{PIN: s.askPIN, Touch: s.showTouch}}
}

func (s *server) askPIN(ctx context.Context, r keystore.PINRequest) (*secret.Bytes, error) {
	if err := writeJSON(s.answers, kindAskPIN, r); err != nil {
		return nil, err
	}
	f, err := s.await(ctx, kindPIN)
	return f.secret, err
}

func (s *server) showTouch(_ context.Context, r keystore.TouchRequest) func() {
	// A pipe that breaks here ends the act through listen.
	_ = writeJSON(s.answers, kindTouchBegins, r.Token)
	return func() { _ = writeFrame(s.answers, kindTouchEnds, nil) }
}

// sayReplaced lets the wallet know what became of PIN and PUK, also if this process comes to a sudden end.
func (s *server) sayReplaced(pin, puk keystore.Change) {
	_ = writeJSON(s.answers, kindReplaced, replaced{PIN: pin, PUK: puk}) // as in showTouch
}

// sayAlive lets the wallet know that the token waits and is not frozen.
func (s *server) sayAlive() { _ = writeFrame(s.answers, kindAlive, nil) }

// sayMade has the wallet note the keys made, and waits until it has.
func (s *server) sayMade(keys keystore.PIVKeys) error {
	if err := writeJSON(s.answers, kindMade, keys); err != nil {
		return err
	}
	_, err := s.await(s.ctx, kindNoted)
	return err
}

func (s *server) askCertificates(keys keystore.PIVKeys) (map[keystore.Tier][]byte, error) {
	if err := writeJSON(s.answers, kindAskCertificates, keys); err != nil {
		return nil, err
	}
	f, err := s.await(s.ctx, kindCertificates)
	if err != nil {
		return nil, err
	}
	var made certificates
	return made, json.Unmarshal(f.json, &made)
}

// await waits for the wallet's answer.
func (s *server) await(ctx context.Context, want kind) (frame, error) {
	select {
	case <-ctx.Done():
		return frame{}, ctx.Err()
	case f, ok := <-s.incoming:
		switch {
		case !ok:
			return frame{}, context.Canceled
		case f.kind != want:
			return frame{}, fmt.Errorf("%w: kind %q, want %q", errFrame, byte(f.kind), byte(want))
		}
		return f, nil
	}
}
