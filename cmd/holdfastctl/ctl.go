package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"holdfast/app"
)

// flags are the flags that every command takes.
type flags struct {
	vault, token string
	json         bool
	pinFD        int
	lastTry      bool
	ownerWords   string
	fidoDevices  []string
	progress     bool
	wait         bool
}

// ctl is one run of the program: one command, or a shell with many.
type ctl struct {
	env    environment
	flags  flags
	screen *screen

	app     *app.App
	devices *lazyDevices
	pins    *keyedLines  // nil when PINs come from the terminal
	shell   *shell       // nil outside a shell
	notices []app.Notice // of the vault that the command opened
	asked   bool         // notices are those of the vault as it was open
	began   bool         // the command was understood and has begun
	stepID  string       // of the step told last
	stepBar *progress    // of that step
}

// run runs the program with its arguments and gives its exit code.
func run(ctx context.Context, args []string, env environment) int {
	c := &ctl{env: env, screen: &screen{out: env.out, errs: env.errs, terminal: env.errTerminal}}
	defer func() { c.pins.destroy() }()
	root := c.root()
	root.SetArgs(args)
	for _, a := range args {
		if a == "--json" { // so that a mistake in the other flags is told as JSON, too
			c.screen.json = true
		}
	}
	code := c.finish(root.ExecuteContext(ctx))
	if c.devices != nil {
		if err := c.devices.Close(); err != nil && code == exitDone {
			return c.finish(err)
		}
	}
	return code
}

// finish tells an error and gives the exit code.
func (c *ctl) finish(err error) int {
	if err == nil {
		err = c.screen.broken()
	}
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errShellFailed):
		return exitRefused
	case isUsage(err) || !c.began && !errors.Is(err, context.Canceled):
		c.screen.fail(app.Explanation{Code: "usage", What: sentence(err.Error()), Safe: "Nothing was done.", Now: "See holdfastctl --help, or --help after the command."})
		return exitUsage
	default:
		c.screen.fail(withCommands(err))
		return exitRefused
	}
}

// sentence makes a program's words one sentence on one line.
func sentence(s string) string {
	s = strings.TrimSuffix(strings.Join(strings.Fields(s), " "), ".")
	if s == "" {
		return s
	}
	if s[0] < utf8.RuneSelf { // else the first letter is more than a byte, and stays
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	return s + "."
}

// withCommands tells an error with the command or the flag that does what its words advise: they know of neither, since a window shows them, too.
func withCommands(err error) app.Explanation {
	x := app.Explain(err)
	hint := map[string]string{
		"no-vault":          "holdfastctl init",
		"choose-vault":      "--vault NAME",
		"no-credential":     "--token NAME",
		"unconfirmed-owner": "--owner-words",
		"last-try":          "--last-try",
		"no-terminal":       "--pin-fd, --words-fd",
		"no-words":          "--words-fd",
		"no-token":          "holdfastctl token list",
		"choose-token":      "--token NAME; holdfastctl token list",
		"not-found":         "holdfastctl identity list, holdfastctl key list",
		"pool-empty":        "holdfastctl identity prepare",
		"read-only":         "holdfastctl status, holdfastctl branch new",
		"last-way-in":       "holdfastctl key enrol",
		"damaged":           "holdfastctl restore",
		"substituted":       "holdfastctl restore",
		"signing-ended":     "holdfastctl identity create",
		"no-keyslot":        "holdfastctl key list",
		"no-master-tier":    "holdfastctl key list",
		"words-not-shown":   "holdfastctl words",
		"machine-memory":    "holdfastctl status --owner-words, holdfastctl branch new",
		"ambiguous-keyslot": "holdfastctl key list",
	}[x.Code]
	var backup *app.BackupExistsError
	if errors.As(err, &backup) {
		hint = "--replace"
	}
	if hint != "" {
		x.Now += " (" + hint + ")"
	}
	return x
}

// does wraps a command's act: it prepares the run, shows the result and says what the owner must know.
func (c *ctl) does(act func(ctx context.Context, args []string) (result, error)) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c.screen.json = c.flags.json
		if err := c.prepare(); err != nil {
			return err
		}
		c.began, c.notices, c.asked = true, nil, false
		r, err := act(cmd.Context(), args)
		c.recall()
		c.markUnverified()
		for _, n := range c.notices {
			c.screen.notice(n)
		}
		if r != nil || err == nil {
			c.screen.show(strings.TrimPrefix(cmd.CommandPath(), "holdfastctl "), c.notices, r)
		}
		return err
	}
}

// prepare reads the flags that say where answers come from, once for a run.
func (c *ctl) prepare() error {
	if c.app != nil {
		return nil
	}
	folders, err := c.env.folders()
	if err != nil {
		return usagef("%v", err)
	}
	if c.flags.pinFD >= 0 {
		f, err := c.descriptor(c.flags.pinFD)
		if err != nil {
			return err
		}
		var kinds []string
		for _, k := range app.PINKinds() {
			kinds = append(kinds, string(k))
		}
		c.pins = newKeyedLines(f, kinds)
	}
	c.devices = &lazyDevices{start: func() (devices, error) { return c.env.devices(c.flags.fidoDevices) }}
	c.app = app.New(c.devices, folders)
	return nil
}

// descriptor gives a descriptor that answers for the person. In a shell stdin is the commands'.
func (c *ctl) descriptor(number int) (*os.File, error) {
	if number == 0 && c.shell != nil {
		return nil, usagef("descriptor 0: a shell reads its commands from stdin; use another descriptor")
	}
	return c.env.descriptor(number)
}

// recall takes the notices from what this machine remembers, when the command did not open the vault.
func (c *ctl) recall() {
	if c.asked {
		return
	}
	if place, err := c.app.Find(c.flags.vault); err == nil {
		if list, err := c.app.Remembered(place); err == nil {
			c.notices = list
		}
	}
}

// markUnverified says on every output that a device path of a start flag is in force.
func (c *ctl) markUnverified() {
	said := slices.ContainsFunc(c.notices, func(n app.Notice) bool { return n.ID == "unverified-key" })
	if len(c.flags.fidoDevices) > 0 && !said {
		c.notices = append(c.notices, app.UnverifiedKey())
	}
}

// withVault opens the vault, runs fn and closes it; in a shell it takes the vault that is open.
func (c *ctl) withVault(ctx context.Context, fn func(ctx context.Context, s *app.Session) error) error {
	if c.shell != nil {
		s, err := c.shell.open()
		if err != nil {
			return err
		}
		return c.inSession(ctx, s, fn)
	}
	s, err := c.app.Unlock(ctx, c.unlock(), c.prompts())
	if err != nil {
		return err
	}
	return c.until(ctx, s, fn)
}

// until runs fn in a session and closes it.
func (c *ctl) until(ctx context.Context, s *app.Session, fn func(ctx context.Context, s *app.Session) error) error {
	return errors.Join(c.inSession(ctx, s, fn), s.Close())
}

func (c *ctl) inSession(ctx context.Context, s *app.Session, fn func(ctx context.Context, s *app.Session) error) error {
	err := fn(ctx, s)
	if list, noticeErr := s.Notices(context.WithoutCancel(ctx)); noticeErr == nil {
		c.notices, c.asked = list, true
	} else if err == nil && !errors.Is(noticeErr, app.ErrLocked) {
		err = noticeErr
	}
	return err
}

// unlock says which vault and token the flags name.
func (c *ctl) unlock() app.Unlock {
	return app.Unlock{Vault: c.flags.vault, Token: c.flags.token, OwnerWords: strings.Fields(c.flags.ownerWords), Wait: c.waiter()}
}

// root makes the command tree.
func (c *ctl) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "holdfastctl",
		Short: "Keep decentralized identifiers, rooted in security keys",
		Long: `holdfastctl keeps your decentralized identifiers (DIDs) in a vault that only your security keys open.

A vault is armed when two physically different keys open it and have proven so; until then every command says what is missing.
It is backed up when its 24 words are on paper and a backup is on another disk; both are needed.

PINs are asked for on the terminal, or read from a descriptor (--pin-fd); they are never arguments or environment variables.
Exit codes: 0 done, 1 refused or failed, 2 not understood. Errors stand on stderr in one line: what happened; what is safe; what to do now.`,
		Example: `  holdfastctl init --label "blue key"
  holdfastctl key enrol --role recovery --label "bank box"
  holdfastctl words
  holdfastctl backup create /media/stick/vault.backup
  holdfastctl identity create --label "public"
  holdfastctl sign file contract.pdf --as public`,
		SilenceErrors: true, SilenceUsage: true,
	}
	root.SetOut(c.env.out)
	root.SetErr(c.env.errs)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(err) })
	c.flagsOf(root)
	root.AddCommand(
		c.initCommand(), c.openCommand(), c.statusCommand(), c.tokenCommand(), c.keyCommand(), c.branchCommand(), c.wordsCommand(), c.sheetCommand(),
		c.backupCommand(), c.restoreCommand(), c.recoverCommand(), c.identityCommand(), c.signCommand(), c.verifyCommand(), c.journalCommand(),
		c.settingsCommand(), c.shellCommand(), c.versionCommand(), c.docsCommand(),
	)
	return root
}

// flagsOf declares the flags of every command, with what a shell was started with as their defaults.
func (c *ctl) flagsOf(root *cobra.Command) {
	f, d := root.PersistentFlags(), c.flags
	if c.shell == nil {
		d.pinFD = -1
	}
	f.StringVar(&c.flags.vault, "vault", d.vault, "vault, by `NAME` or folder (default: the only one)")
	f.StringVar(&c.flags.token, "token", d.token, "token that opens the vault: an `ID`, serial number, label, piv or fido2, or two of these as SERIAL/fido2")
	f.BoolVar(&c.flags.json, "json", d.json, "write one JSON object on stdout, and JSON lines on stderr")
	f.IntVar(&c.flags.pinFD, "pin-fd", d.pinFD, "read PINs from descriptor `N`: one line for each prompt, such as 'piv 123456'; kinds: "+pinKinds())
	f.BoolVar(&c.flags.lastTry, "last-try", d.lastTry, "agree to spend the last try of a PIN")
	f.StringVar(&c.flags.ownerWords, "owner-words", d.ownerWords, "the four owner `WORDS` of the recovery sheet, on a machine that does not know the vault")
	f.StringArrayVar(&c.flags.fidoDevices, "fido-device", d.fidoDevices, "look for a passkey side at `PATH`, too (repeatable); every output then says \"unverified key\"")
	f.BoolVar(&c.flags.progress, "progress", d.progress, "tell progress also where stderr is no terminal")
	f.BoolVar(&c.flags.wait, "wait", d.wait, "wait for a token to be plugged in instead of failing (on a terminal this is so anyway)")
}

func pinKinds() string {
	var kinds []string
	for _, k := range app.PINKinds() {
		kinds = append(kinds, string(k))
	}
	return strings.Join(kinds, ", ")
}

// group makes a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usagef("unknown command %q for %q", args[0], cmd.CommandPath())
		}
		return nil
	}, RunE: func(cmd *cobra.Command, _ []string) error {
		return usagef("%q needs one more word: %s", cmd.CommandPath(), strings.Join(names(cmd), ", "))
	}}
	cmd.AddCommand(commands...)
	return cmd
}

func names(cmd *cobra.Command) []string {
	var list []string
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			list = append(list, sub.Name())
		}
	}
	return list
}

// tiersOf reads the tiers of a flag.
func tiersOf(s string) ([]app.Tier, error) {
	switch s {
	case "vault":
		return []app.Tier{app.TierVault}, nil
	case "vault,master", "master,vault", "both":
		return []app.Tier{app.TierVault, app.TierMaster}, nil
	default:
		return nil, usagef("tiers %q: vault, or vault,master", s)
	}
}

// roleOf reads the role of a flag.
func roleOf(s string) (app.Role, error) {
	switch r := app.Role(s); r {
	case app.RoleEveryday, app.RoleRecovery:
		return r, nil
	default:
		return "", usagef("role %q: %s or %s", s, app.RoleEveryday, app.RoleRecovery)
	}
}
