package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdPINs sets what the next ctl or start reads through --pin-fd, pairs of kind and PIN, a kind with *N for N
// prompts: pins piv*3 654321 new-fido2 4711.
func cmdPINs(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	th := theatreOf(ts)
	th.pins = nil
	if len(args)%2 != 0 {
		ts.Fatalf("usage: pins KIND PIN...")
	}
	for pair := range slices.Chunk(args, 2) {
		kind, times, many := strings.Cut(pair[0], "*")
		n := 1
		if many {
			var err error
			n, err = strconv.Atoi(times)
			ts.Check(err)
		}
		th.pins = append(th.pins, strings.Repeat(kind+" "+pair[1]+"\n", n)...)
	}
}

// cmdBadPINs sets lines for --pin-fd as they stand.
func cmdBadPINs(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	theatreOf(ts).pins = []byte(strings.Join(args, " ") + "\n")
}

// cmdSentence sets the file whose 24 words the next ctl reads through --words-fd.
func cmdSentence(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	if len(args) != 1 {
		ts.Fatalf("usage: sentence FILE")
	}
	theatreOf(ts).sentence = ts.MkAbs(args[0])
}

// cmdCtl runs holdfastctl to its end; with "!" it must not exit 0. The exit code is what exits checks.
func cmdCtl(ts *testscript.TestScript, neg bool, args []string) {
	th := theatreOf(ts)
	cmd, release := th.command(ts, args)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if stdin := ts.Getenv("STDIN"); stdin != "" {
		cmd.Stdin = strings.NewReader(ts.ReadFile(stdin))
	}
	err := cmd.Run()
	release()
	th.ended(ts, neg, args, err, out.String(), errs.String())
}

// ended keeps what a program said and how it ended.
func (th *theatre) ended(ts *testscript.TestScript, neg bool, args []string, err error, out, errs string) {
	th.stdout = out
	print(ts, out)
	_, writeErr := io.WriteString(ts.Stderr(), errs)
	ts.Check(writeErr)
	var exit *exec.ExitError
	switch {
	case err == nil:
		th.exit = 0
	case errors.As(err, &exit):
		th.exit = exit.ExitCode()
	default:
		ts.Fatalf("holdfastctl: %v", err)
	}
	if neg == (th.exit == 0) {
		ts.Fatalf("holdfastctl %s exits with %d", strings.Join(args, " "), th.exit)
	}
}

// command makes a run of holdfastctl with the PINs and words that were set, and the bench's FIDO2 sides. release closes what it was given.
func (th *theatre) command(ts *testscript.TestScript, args []string) (cmd *exec.Cmd, release func()) {
	cmd = exec.CommandContext(th.ctx, th.programs.holdfastctl)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"HOME", "PATH", "XDG_DATA_HOME", "XDG_STATE_HOME", "PCSCLITE_CSOCK_NAME"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal, whoever runs the tests
	var given []*os.File
	give := func(flag string, f *os.File) {
		given = append(given, f)
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
		cmd.Args = append(cmd.Args, flag, strconv.Itoa(2+len(cmd.ExtraFiles)))
	}
	if th.bench != nil {
		for _, hid := range th.bench.hid {
			cmd.Args = append(cmd.Args, "--fido-device", hid)
		}
	}
	if th.pins != nil {
		give("--pin-fd", pipeOf(ts, th.pins))
	}
	if th.sentence != "" {
		give("--words-fd", pipeOf(ts, []byte(ts.ReadFile(th.sentence))))
	}
	th.pins, th.sentence = nil, ""
	// Flags of one command only follow its name.
	cmd.Args = append(cmd.Args[:1], append(slices.Clone(args), cmd.Args[1:]...)...)
	return cmd, func() {
		for _, f := range given {
			if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
				ts.Logf("closing a descriptor: %v", err)
			}
		}
	}
}

// pipeOf is the reading end of a pipe that holds data; a few hundred bytes fit into its buffer.
func pipeOf(ts *testscript.TestScript, data []byte) *os.File {
	r, w, err := os.Pipe()
	ts.Check(err)
	_, err = w.Write(data)
	ts.Check(errors.Join(err, w.Close()))
	return r
}

// cmdExits checks the last exit code: exits 2.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	if len(args) != 1 || args[0] != strconv.Itoa(theatreOf(ts).exit) {
		ts.Fatalf("it exited with %d", theatreOf(ts).exit)
	}
}

// cmdCeremony runs the words ceremony, keeps the words as one line in a file, and types back those asked for, the last of them wrong with
// "wrong": ceremony FILE [wrong] [FLAG...].
func cmdCeremony(ts *testscript.TestScript, neg bool, args []string) {
	th := theatreOf(ts)
	if len(args) == 0 {
		ts.Fatalf("usage: ceremony FILE [wrong] [FLAG...]")
	}
	file, rest := args[0], args[1:]
	wrong := len(rest) > 0 && rest[0] == "wrong"
	if wrong {
		rest = rest[1:]
	}
	cmd, release := th.command(ts, append([]string{"words"}, rest...))
	shownR, shownW, err := os.Pipe()
	ts.Check(err)
	typedR, typedW, err := os.Pipe()
	ts.Check(err)
	cmd.ExtraFiles = append(cmd.ExtraFiles, shownW, typedR)
	n := 2 + len(cmd.ExtraFiles)
	cmd.Args = append(cmd.Args, "--words-to-fd", strconv.Itoa(n-1), "--words-fd", strconv.Itoa(n))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	ts.Check(cmd.Start())
	ts.Check(errors.Join(shownW.Close(), typedR.Close()))
	words := typeBack(ts, shownR, typedW, wrong)
	err = cmd.Wait()
	release()
	if len(words) > 0 {
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(strings.Join(words, " ")+"\n"), 0o600))
	}
	th.ended(ts, neg, cmd.Args[1:], err, out.String(), errs.String())
}

// typeBack reads the words shown and writes all of them back, so that whatever is asked for is there.
func typeBack(ts *testscript.TestScript, shown, typed *os.File, wrong bool) (words []string) {
	in := bufio.NewScanner(shown)
	for in.Scan() {
		_, word, found := strings.Cut(in.Text(), " ")
		if !found {
			ts.Fatalf("the words were written as %q", in.Text())
		}
		words = append(words, word)
	}
	for i, word := range words {
		if wrong {
			word = "zoo"
		}
		if _, err := fmt.Fprintf(typed, "%d %s\n", i+1, word); err != nil && !errors.Is(err, syscall.EPIPE) {
			ts.Check(err)
		}
	}
	ts.Check(errors.Join(shown.Close(), typed.Close()))
	return words
}

// cmdJSON checks a member of the object that the last ctl wrote: json result.keyslots.0.label blue. With "!" it must differ.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: json PATH VALUE")
	}
	got := member(ts, theatreOf(ts).stdout, args[0])
	if (got == args[1]) == neg {
		ts.Fatalf("%s is %q", args[0], got)
	}
}

// cmdJSONEnv keeps a member in a variable: jsonenv DID result.first.0.did.
func cmdJSONEnv(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	if len(args) != 2 {
		ts.Fatalf("usage: jsonenv NAME PATH")
	}
	ts.Setenv(args[0], member(ts, theatreOf(ts).stdout, args[1]))
}

// member finds a member by names and numbers with dots between; "len" is the length of a list.
func member(ts *testscript.TestScript, text, path string) string {
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		ts.Fatalf("stdout is no JSON: %v\n%s", err, text)
	}
	if d.More() {
		ts.Fatalf("stdout holds more than one object")
	}
	for part := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			if part == "len" {
				return strconv.Itoa(len(x))
			}
			n, err := strconv.Atoi(part)
			if err != nil || n >= len(x) {
				return ""
			}
			v = x[n]
		default:
			return ""
		}
	}
	if v == nil {
		return ""
	}
	if s, ok := v.(string); ok {
		return s
	}
	data, err := json.Marshal(v)
	ts.Check(err)
	return string(data)
}

// background is a run of holdfastctl that goes on while the script does.
type background struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	release func()
	done    chan error

	mu   sync.Mutex
	out  bytes.Buffer // guarded by mu
	errs bytes.Buffer // guarded by mu
	over bool         // it has ended; guarded by mu
	more *sync.Cond
}

func (b *background) kill(t testscript.T) {
	if b.cmd.ProcessState == nil {
		_ = b.cmd.Process.Kill() // it may have ended meanwhile
		if err := <-b.done; err != nil {
			t.Log("left on stage:", err)
		}
	}
}

// tee collects what the program says and wakes whoever waits for it.
type tee struct {
	b   *background
	buf *bytes.Buffer
}

func (t tee) Write(p []byte) (int, error) {
	t.b.mu.Lock()
	defer t.b.mu.Unlock()
	defer t.b.more.Broadcast()
	return t.buf.Write(p)
}

// cmdStart runs holdfastctl in the background under a name: start NAME ARG...
func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	th := theatreOf(ts)
	if len(args) < 2 {
		ts.Fatalf("usage: start NAME ARG...")
	}
	b := &background{done: make(chan error, 1)}
	b.more = sync.NewCond(&b.mu)
	b.cmd, b.release = th.command(ts, args[1:])
	b.cmd.Stdout, b.cmd.Stderr = tee{b, &b.out}, tee{b, &b.errs}
	var err error
	b.in, err = b.cmd.StdinPipe()
	ts.Check(err)
	ts.Check(b.cmd.Start())
	th.stage[args[0]] = b
	go func() {
		err := b.cmd.Wait()
		b.mu.Lock()
		b.over = true
		b.more.Broadcast()
		b.mu.Unlock()
		b.done <- err
	}()
}

func onStage(ts *testscript.TestScript, name string) *background {
	b := theatreOf(ts).stage[name]
	if b == nil {
		ts.Fatalf("nothing was started as %q", name)
	}
	return b
}

// cmdSend writes a line to a program's stdin; without words it closes it.
func cmdSend(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	b := onStage(ts, args[0])
	if len(args) == 1 {
		ts.Check(b.in.Close())
		return
	}
	_, err := io.WriteString(b.in, strings.Join(args[1:], " ")+"\n")
	ts.Check(err)
}

// cmdSays waits until a program has said something, on stdout or stderr: says NAME REGEXP.
func cmdSays(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	if len(args) != 2 {
		ts.Fatalf("usage: says NAME REGEXP")
	}
	b, want := onStage(ts, args[0]), regexp.MustCompile(args[1])
	late := false
	timer := time.AfterFunc(30*time.Second, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		late = true
		b.more.Broadcast()
	})
	defer timer.Stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		text := b.errs.String() + b.out.String()
		if want.MatchString(text) {
			return
		}
		if late || b.over {
			ts.Fatalf("%s does not say %q; it said:\n%s", args[0], args[1], text)
		}
		b.more.Wait()
	}
}

// cmdInterrupt presses Ctrl-C.
func cmdInterrupt(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	ts.Check(onStage(ts, args[0]).cmd.Process.Signal(os.Interrupt))
}

// cmdEnds waits for the end of a program and checks its exit code; its words are stdout and stderr then: ends NAME CODE [WITHIN].
func cmdEnds(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	if len(args) < 2 {
		ts.Fatalf("usage: ends NAME CODE [WITHIN]")
	}
	b, within := onStage(ts, args[0]), 30*time.Second
	if len(args) == 3 {
		var err error
		within, err = time.ParseDuration(args[2])
		ts.Check(err)
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	var err error
	select {
	case err = <-b.done:
	case <-timer.C:
		ts.Fatalf("%s has not ended within %v; it said:\n%s", args[0], within, b.errs.String())
	}
	b.release()
	delete(theatreOf(ts).stage, args[0])
	theatreOf(ts).ended(ts, args[1] != "0", args, err, b.out.String(), b.errs.String())
	if args[1] != strconv.Itoa(theatreOf(ts).exit) {
		ts.Fatalf("%s exits with %d", args[0], theatreOf(ts).exit)
	}
}

// cmdNever fails when a file below a folder holds a text: never FOLDER TEXT...
func cmdNever(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	if len(args) < 2 {
		ts.Fatalf("usage: never FOLDER TEXT...")
	}
	looked := 0
	root := os.DirFS(ts.MkAbs(args[0]))
	ts.Check(walkFiles(root, func(name string, data []byte) {
		looked++
		for _, text := range args[1:] {
			if bytes.Contains(data, []byte(text)) {
				ts.Fatalf("%s holds %q", name, text)
			}
		}
	}))
	if looked == 0 {
		ts.Fatalf("there is nothing in %s", args[0])
	}
}
