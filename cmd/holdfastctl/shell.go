package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/app"
)

// shell keeps one unlock for several commands.
type shell struct {
	idle    time.Duration
	session *app.Session // nil before the first unlock
	root    flags        // the flags the shell was started with
	failed  bool         // a command has failed, and nobody sits before the terminal to see it
}

func (c *ctl) shellCommand() *cobra.Command {
	sh := shell{}
	cmd := &cobra.Command{
		Use: "shell", Short: "Open the vault once for several commands",
		Long: `Open the vault once and run commands from stdin, one a line, as they are written after 'holdfastctl', the command first. Besides them there are 'lock', 'unlock'
and 'exit'. The vault locks when nothing happens for a while and when the token that opened it is unplugged, as its settings say ('holdfastctl
settings'; --idle tightens them for this shell), when the computer sleeps or the screen is locked, and at the end; what is under way is cancelled
then, and everything is refused until 'unlock'. The exit code is 1 when a command failed.`,
		Example: "  holdfastctl shell --idle 2m\n  printf 'identity create --label a\\nsign text hello --as a\\n' | holdfastctl shell",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.shell != nil {
				return usagef("this is a shell already")
			}
			if c.flags.pinFD == 0 {
				return usagef("--pin-fd 0: a shell reads its commands from stdin; give PINs through another descriptor")
			}
			if sh.idle < 0 || sh.idle == 0 && cmd.Flags().Changed("idle") {
				return usagef("idle %v: longer than nothing", sh.idle)
			}
			c.screen.json = c.flags.json
			if err := c.prepare(); err != nil {
				return err
			}
			c.began, c.shell = true, &sh
			sh.root = c.flags
			return c.runShell(cmd.Context())
		},
	}
	cmd.Flags().DurationVar(&sh.idle, "idle", 0, "lock when nothing happens for this long, if the vault's own setting is longer (default: the vault's setting)")
	return cmd
}

// errShellFailed ends a shell in which a command failed; the command has said why.
var errShellFailed = errors.New("a command in the shell failed")

// runShell unlocks, then runs the commands of stdin until it ends.
func (c *ctl) runShell(ctx context.Context) error {
	if err := c.unlockShell(ctx); err != nil {
		return err
	}
	defer func() { c.shell.report(c, c.shell.lock()) }()
	lines := readCommands(c.env.in)
	for {
		c.prompt()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.shell.locking():
			c.tellLocked()
		case line := <-lines.await():
			lines.taken()
			if line.err != nil {
				return c.shell.verdict(line.err)
			}
			if leaves(line.text) {
				return c.shell.verdict(nil)
			}
			c.runLine(ctx, line.text)
		}
	}
}

// leaves reports whether a line ends the shell.
func leaves(line []byte) bool {
	word := bytes.TrimSpace(line)
	return bytes.Equal(word, []byte("exit")) || bytes.Equal(word, []byte("quit"))
}

// verdict is what a shell that has come to its end answers.
func (s *shell) verdict(err error) error {
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err == nil && s.failed {
		return errShellFailed
	}
	return err
}

// prompt says on a terminal that a command is awaited.
func (c *ctl) prompt() {
	if c.screen.terminal && !c.screen.json {
		c.screen.over(choose(c.shell.session == nil, "holdfast (locked)> ", "holdfast> "))
	}
}

// open gives the open session.
func (s *shell) open() (*app.Session, error) {
	if s.session == nil {
		return nil, app.ErrLocked
	}
	if _, locked := s.session.Locked(); locked {
		return nil, app.ErrLocked
	}
	return s.session, nil
}

// locking is closed when the session locks by itself; without one it never is.
func (s *shell) locking() <-chan struct{} {
	if s.session == nil {
		return nil
	}
	return s.session.Done()
}

// tellLocked says why the session has locked by itself, once.
func (c *ctl) tellLocked() {
	why, _ := c.shell.session.Locked()
	c.shell.report(c, c.shell.session.Close())
	c.shell.session = nil
	c.screen.say(event{Event: "locked", Text: app.LockWords(why), Code: string(why)})
}

func (s *shell) lock() error {
	if s.session == nil {
		return nil
	}
	err := s.session.Close()
	s.session = nil
	return err
}

// report tells an error that ends no command.
func (s *shell) report(c *ctl, err error) {
	if err != nil {
		s.failed = true
		c.screen.fail(withCommands(err))
	}
}

func (c *ctl) unlockShell(ctx context.Context) error {
	if err := c.shell.lock(); err != nil {
		return err
	}
	s, err := c.app.Unlock(ctx, c.unlock(), c.prompts())
	if err != nil {
		return err
	}
	s.LockWithPresence(ctx, c.env.presences)
	_, heldErr := s.Hold(ctx, c.shell.idle)
	c.shell.session = s
	if heldErr != nil && !errors.Is(heldErr, app.ErrLocked) {
		c.shell.report(c, heldErr) // the defaults hold, and the owner must know
	}
	c.screen.say(event{Event: "unlocked", Text: "Unlocked with " + s.Token().Name + ".", Token: s.Token().Name})
	list, err := s.Notices(ctx)
	for _, n := range list {
		c.screen.notice(n)
	}
	if errors.Is(err, app.ErrLocked) {
		return nil // the shell says why when it looks again
	}
	return err
}

// errUnknownLine is the answer to a line that begins with no command. It never quotes the line, which may be a PIN typed in the wrong place.
var errUnknownLine = &usageError{"the line begins with no command that is known (what stands in it is not repeated here)"}

// runLine runs one command of the shell, and wipes its line.
func (c *ctl) runLine(ctx context.Context, line []byte) {
	defer clear(line)
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	err := error(errUnknownLine)
	if c.knows(line) {
		var args []string
		if args, err = splitLine(string(line)); err == nil {
			err = c.runArgs(ctx, args)
		}
	}
	if err == nil {
		err = c.screen.broken()
	}
	if err != nil {
		c.shell.failed = true
		c.finish(err)
	}
	c.began = true // the shell goes on, and how it ends is not for the last line to say
}

// knows reports whether a line begins with a command.
func (c *ctl) knows(line []byte) bool {
	word := bytes.Fields(line)[0]
	words := []string{"lock", "unlock", "help", "completion", "--help", "-h"}
	c.flags = c.shell.root
	for _, cmd := range c.root().Commands() {
		words = append(append(words, cmd.Name()), cmd.Aliases...)
	}
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Equal(word, []byte(w)) })
}

func (c *ctl) runArgs(ctx context.Context, args []string) error {
	switch args[0] {
	case "lock":
		err := c.shell.lock()
		c.screen.say(event{Event: "locked", Text: app.LockWords(app.LockedByOwner), Code: string(app.LockedByOwner)})
		return err
	case "unlock":
		return c.unlockShell(ctx)
	}
	c.flags = c.shell.root
	c.began = false
	root := c.root()
	root.SetArgs(args)
	return root.ExecuteContext(ctx)
}

// splitLine splits a line into arguments: white space parts them, double quotes keep it, a backslash takes the next character as it is.
func splitLine(line string) ([]string, error) {
	var args []string
	var b strings.Builder
	quoted, begun, escaped := false, false, false
	for _, r := range line {
		switch {
		case escaped:
			b.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped, begun = true, true
		case r == '"':
			quoted, begun = !quoted, true
		case (r == ' ' || r == '\t' || r == '\r') && !quoted:
			if begun {
				args = append(args, b.String())
			}
			b.Reset()
			begun = false
		default:
			b.WriteRune(r)
			begun = true
		}
	}
	if quoted || escaped {
		return nil, usagef("the line ends within quotes or after a backslash")
	}
	if begun {
		args = append(args, b.String())
	}
	return args, nil
}
