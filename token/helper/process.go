package helper

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"holdfast/token"
)

// grace is how long a cancelled helper may take to tell the token to stop blinking; then it is killed.
const grace = 60 * time.Millisecond

// Stop is how the helper of a cancelled act has ended; "" is neither of these.
type Stop string

// The ways.
const (
	Obeyed Stop = "obeyed" // the act ended as cancelled, its token told where one waited; then the helper ended by itself
	Killed Stop = "killed" // the token, or the helper, did not answer in time
)

// StoppedError is why a cancelled act has ended: what its context said, and how the helper took it. It is inside the token.Error (errors.As).
type StoppedError struct {
	How Stop
	Err error // of the context
}

// Error says what the context said.
func (e *StoppedError) Error() string { return e.Err.Error() }

// Unwrap gives the context's error.
func (e *StoppedError) Unwrap() error { return e.Err }

// maxNoise bounds what is kept of a helper's standard output and error.
const maxNoise = 8 << 10

// process is a running helper.
type process struct {
	command  *exec.Cmd
	requests *os.File // to the helper
	answers  *os.File // from the helper
	noise    noise
	grace    time.Duration
	killed   bool // set by letGo

	gone  chan struct{} // closed when the process has ended
	ended error         // how; valid once gone is closed
}

// start starts a helper. argv is the program and the hidden argument; this very program when it is empty.
func start(argv []string, grace time.Duration) (*process, error) {
	if len(argv) == 0 {
		self, err := ownProgram()
		if err != nil {
			return nil, err
		}
		argv = []string{self, Argument}
	}
	childRequests, requests, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	answers, childAnswers, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, childRequests.Close(), requests.Close())
	}
	command := exec.Command(argv[0], argv[1:]...) //nolint:gosec // our own program
	p := &process{command: command, requests: requests, answers: answers, grace: grace, gone: make(chan struct{})}
	p.command.ExtraFiles = []*os.File{childRequests, childAnswers}
	p.command.Stdout, p.command.Stderr = &p.noise, &p.noise
	p.command.Env = append(p.command.Environ(), "GOTRACEBACK=none") // a trace of a crash could hold what was in memory
	p.command.WaitDelay = grace
	err = p.command.Start()
	closeErr := errors.Join(childRequests.Close(), childAnswers.Close())
	if err = errors.Join(err, closeErr); err != nil {
		return nil, errors.Join(err, requests.Close(), answers.Close())
	}
	go func() {
		defer close(p.gone)
		p.ended = p.command.Wait()
	}()
	return p, nil
}

// ownProgram gives a path of the running program. Linux keeps one that also holds when the file was replaced by an update.
func ownProgram() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// stop ends the helper: by a word, so that a token may stop blinking, then by force. What a frozen token does after that no longer matters to
// the caller.
func (p *process) stop() {
	// A helper that hangs does not read: the word must not wait for it.
	_ = p.requests.SetWriteDeadline(time.Now().Add(p.grace / 4))
	_ = writeFrame(p.requests, kindCancel, nil)
	p.letGo()
}

// letGo closes the pipe, which tells the helper to end, and kills it when it does not.
func (p *process) letGo() {
	_ = p.requests.Close()
	timer := time.NewTimer(p.grace)
	defer timer.Stop()
	select {
	case <-p.gone:
	case <-timer.C:
		p.killed = p.command.Process.Kill() == nil
	}
	_ = p.answers.Close()
}

// stopped adds to the error of a context that ended how the helper took it, which has been let go.
func (p *process) stopped(err error) error {
	s := &StoppedError{Err: err}
	if p.killed {
		s.How = Killed
	} else if <-p.gone; p.command.ProcessState.ExitCode() == exitObeyed {
		s.How = Obeyed
	}
	return s
}

// run starts a helper, speaks with it, and makes sure that it ends. When ctx ends first, the helper is stopped and the answer is ctx's, with a
// StoppedError.
func run(ctx context.Context, argv []string, grace time.Duration, side token.Kind, speak func(p *process) error) error {
	if err := ctx.Err(); err != nil {
		return token.NewError(token.Cancelled, side, "").Because(err)
	}
	p, err := start(argv, grace)
	if err != nil {
		return failed(side, "the helper could not be started: %v", err)
	}
	spoken := make(chan error, 1)
	go func() { spoken <- speak(p) }()
	select {
	case err = <-spoken:
		p.letGo()
		return p.explain(ctx, side, err)
	case <-ctx.Done():
		p.stop()
		e := token.NewError(token.Cancelled, side, "")
		if how := <-spoken; how != nil { // its reads have ended with the pipe
			e.Detail = how.Error()
		}
		return e.Because(p.stopped(ctx.Err()))
	}
}

// explain makes a token.Error of a pipe that ended too early.
func (p *process) explain(ctx context.Context, side token.Kind, err error) error {
	var coded *token.Error
	var own *ownError
	switch {
	case errors.As(err, &own):
		return own.error
	case err == nil || errors.As(err, &coded):
		return err
	case ctx.Err() != nil:
		return token.NewError(token.Cancelled, side, "").Because(p.stopped(ctx.Err()))
	}
	how := "it was killed"
	select {
	case <-p.gone:
		how = p.command.ProcessState.String()
	default:
	}
	return failed(side, "the helper ended in the middle (%s): %v", how, err)
}

// noise keeps the first bytes of what C libraries print, for a debugger alone: it is never shown.
type noise struct {
	mu   sync.Mutex
	kept bytes.Buffer
}

func (n *noise) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if room := maxNoise - n.kept.Len(); room > 0 {
		n.kept.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}
