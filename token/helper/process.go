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

// maxNoise bounds what is kept of a helper's standard output and error.
const maxNoise = 8 << 10

// process is a running helper.
type process struct {
	command  *exec.Cmd
	requests *os.File // to the helper
	answers  *os.File // from the helper
	noise    noise

	gone  chan struct{} // closed when the process has ended
	ended error         // how; valid once gone is closed
}

// start starts a helper. argv is the program and the hidden argument; this very program when it is empty.
func start(argv []string) (*process, error) {
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
	p := &process{command: exec.Command(argv[0], argv[1:]...), requests: requests, answers: answers, gone: make(chan struct{})} //nolint:gosec // our own program
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
	_ = p.requests.SetWriteDeadline(time.Now().Add(grace / 4))
	_ = writeFrame(p.requests, kindCancel, nil)
	p.letGo()
}

// letGo closes the pipe, which tells the helper to end, and kills it when it does not.
func (p *process) letGo() {
	_ = p.requests.Close()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.gone:
	case <-timer.C:
		_ = p.command.Process.Kill()
	}
	_ = p.answers.Close()
}

// run starts a helper, speaks with it, and makes sure that it ends. When ctx ends first, the helper is stopped and the answer is ctx's.
func run(ctx context.Context, argv []string, side token.Kind, speak func(p *process) error) error {
	if err := ctx.Err(); err != nil {
		return token.NewError(token.Cancelled, side, "").Because(err)
	}
	p, err := start(argv)
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
		return e.Because(ctx.Err())
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
		return token.NewError(token.Cancelled, side, "").Because(ctx.Err())
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
