package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/app"
)

func (c *ctl) initCommand() *cobra.Command {
	var label, role, tiers string
	cmd := &cobra.Command{
		Use: "init", Short: "Make a vault and enrol its first token",
		Long: `Make a vault and enrol its first token, by its smart-card side or its passkey side. The token opens the new vault at once, from
the bytes on disk, to prove itself. A factory PIN, PUK and management key are replaced in this step; a passkey PIN is set if there is none.

The vault is not armed yet: enrol a second, physically different token with 'holdfastctl key enrol --role recovery'.`,
		Example: `  holdfastctl init --label "blue key"
  holdfastctl init --vault work --token fido2
  holdfastctl init --token 12345678/piv --pin-fd 3 3<pins`,
		Args: exactly(0),
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			r, err := roleOf(role)
			if err != nil {
				return nil, err
			}
			t, err := tiersOf(tiers)
			if err != nil {
				return nil, err
			}
			n := app.NewVault{Vault: c.flags.vault, Token: c.flags.token, Label: label, Role: r, Tiers: t, Wait: c.waiter()}
			s, err := c.app.SetUp(ctx, n, c.prompts(), c.step)
			if err != nil {
				return nil, err
			}
			var st statusResult
			err = c.until(ctx, s, func(ctx context.Context, s *app.Session) error {
				st, err = c.statusOf(ctx, s)
				return err
			})
			return vaultMade{st}, err
		}),
	}
	cmd.Flags().StringVar(&label, "label", "", "what you call this token (default: its name and number)")
	cmd.Flags().StringVar(&role, "role", string(app.RoleEveryday), "everyday or recovery")
	cmd.Flags().StringVar(&tiers, "tiers", "vault,master", "what the token opens: vault, or vault,master")
	return cmd
}

// vaultMade tells of a new vault.
type vaultMade struct{ statusResult }

func (r vaultMade) text(p *page) {
	p.line("Vault made: %s", r.Place)
	p.line("Owner words, for your recovery sheet: %s", strings.Join(r.OwnerWords, " "))
	for _, k := range r.Keyslots {
		p.line("Token enrolled and proven: %s (%s)", k.Label, sideOf(k.Kind))
	}
}

func (c *ctl) openCommand() *cobra.Command {
	return &cobra.Command{
		Use: "open", Aliases: []string{"unlock-test"}, Short: "Open the vault with a token, and close it again",
		Long:    "Open the vault with a token and close it again, to see that the token still does. To keep it open for several commands, use 'holdfastctl shell'.",
		Example: "  holdfastctl open --token fido2",
		Args:    exactly(0),
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			var r opened
			err := c.withVault(ctx, func(_ context.Context, s *app.Session) error {
				r = opened{Token: s.Token().Name, Side: string(s.Token().Kind), ID: s.Token().ID}
				return nil
			})
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
}

type opened struct {
	Token string `json:"token"`
	Side  string `json:"side"`
	ID    string `json:"id"`
}

func (r opened) text(p *page) {
	p.line("Opened with %s (%s), and closed again.", r.Token, sideOf(r.Side))
}

func (c *ctl) statusCommand() *cobra.Command {
	var locked bool
	cmd := &cobra.Command{
		Use: "status", Short: "Say what state the vault is in, and what it still needs",
		Long: `Open the vault and say what state it is in: armed or not, words confirmed or not, backed up or not, its generation, its ways in.
With --locked nothing is opened: only what the header and this machine's memory tell is shown.`,
		Example: "  holdfastctl status\n  holdfastctl status --locked --json",
		Args:    exactly(0),
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			if locked {
				return c.lockedStatus()
			}
			var r statusResult
			err := c.withVault(ctx, func(ctx context.Context, s *app.Session) (err error) {
				r, err = c.statusOf(ctx, s)
				return err
			})
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
	cmd.Flags().BoolVar(&locked, "locked", false, "open nothing, and show only what can be seen without a token")
	return cmd
}

type statusResult struct {
	Place          string        `json:"place"`
	Vault          string        `json:"vault"`
	OwnerWords     []string      `json:"ownerWords"`
	Armed          bool          `json:"armed"`
	WhyNotArmed    string        `json:"whyNotArmed,omitempty"`
	WordsConfirmed bool          `json:"wordsConfirmed"`
	BackedUp       bool          `json:"backedUp"`
	LastBackup     string        `json:"lastBackup,omitempty"`
	ReadOnly       string        `json:"readOnly,omitempty"`
	Generation     uint64        `json:"generation"`
	MasterNumber   uint64        `json:"masterNumber"`
	Branch         uint32        `json:"branch"`
	Identities     int           `json:"identities"`
	EndedBranch    int           `json:"identitiesOfEndedBranches"`
	PoolLeft       int           `json:"successionKeysLeft"`
	Keyslots       []keyslotJSON `json:"keyslots"`
}

// statusOf gathers the open vault's state.
func (c *ctl) statusOf(ctx context.Context, s *app.Session) (statusResult, error) {
	st, err := s.Status(ctx)
	if err != nil {
		return statusResult{}, err
	}
	place := s.Place()
	l, err := c.app.Locked(place)
	if err != nil {
		return statusResult{}, err
	}
	r := statusResult{
		Place: place.Dir, Vault: l.Vault, OwnerWords: l.OwnerWords[:], Armed: st.Armed, WhyNotArmed: st.WhyNotArmed, WordsConfirmed: st.WordsConfirmed,
		BackedUp: st.BackedUp, LastBackup: timeOf(st.LastBackup), ReadOnly: st.ReadOnly, Generation: st.Generation, MasterNumber: st.MasterNumber,
		Branch: st.Branch, Identities: st.Identities, EndedBranch: st.EndedBranch, PoolLeft: st.PoolLeft,
	}
	for _, k := range st.Keyslots {
		r.Keyslots = append(r.Keyslots, keyslotOf(k))
	}
	return r, nil
}

func (r statusResult) text(p *page) {
	p.line("Vault       %s", r.Place)
	p.line("Owner words %s", strings.Join(r.OwnerWords, " "))
	p.line("Armed       %s", yesNo(r.Armed))
	p.line("Words       %s", choose(r.WordsConfirmed, "confirmed", "not confirmed"))
	p.line("Backup      %s", choose(r.BackedUp, "made, "+r.LastBackup, "none off this disk"))
	if r.ReadOnly != "" {
		p.line("Read only   %s", strings.ReplaceAll(r.ReadOnly, "-", " "))
	}
	p.line("Identities  %d", r.Identities)
	p.line("Generation  %d, use branch %d", r.Generation, r.Branch)
	p.line("")
	keyslotTable(p, r.Keyslots)
}

// lockedStatus shows what can be seen without a token.
func (c *ctl) lockedStatus() (result, error) {
	place, err := c.app.Find(c.flags.vault)
	if err != nil {
		return nil, err
	}
	l, err := c.app.Locked(place)
	if err != nil {
		return nil, err
	}
	r := lockedResult{Place: place.Dir, Vault: l.Vault, Owner: l.Owner, OwnerWords: l.OwnerWords[:], Remembered: l.Remembered, Generation: l.Generation, ReadOnly: l.ReadOnly}
	for _, k := range l.Keyslots {
		r.Keyslots = append(r.Keyslots, lockedKeyslot{k.ID, string(k.Kind), string(k.Role), k.Label, k.Physical, k.Known, k.Master})
	}
	return r, nil
}

type lockedResult struct {
	Place      string          `json:"place"`
	Vault      string          `json:"vault"`
	Owner      string          `json:"owner"`
	OwnerWords []string        `json:"ownerWords"`
	Remembered bool            `json:"remembered"`
	Generation uint64          `json:"generation"`
	ReadOnly   string          `json:"readOnly,omitempty"`
	Keyslots   []lockedKeyslot `json:"keyslots"`
}

type lockedKeyslot struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Role     string `json:"role"`
	Label    string `json:"label"`
	Physical string `json:"physical"`
	Known    bool   `json:"known"`
	Master   bool   `json:"master"`
}

func (r lockedResult) text(p *page) {
	p.line("Vault       %s (locked)", r.Place)
	p.line("Owner words %s", strings.Join(r.OwnerWords, " "))
	p.line("Owner       %s", choose(r.Remembered, "is the one this machine remembers", "is not known to this machine: compare the four words with your recovery sheet"))
	p.line("")
	rows := [][]string{{"ID", "LABEL", "SIDE", "ROLE", "MASTER"}}
	for _, k := range r.Keyslots {
		rows = append(rows, []string{k.ID[:min(8, len(k.ID))], k.Label, sideOf(k.Kind), k.Role, yesNo(k.Master)})
	}
	p.columns(rows...)
}

func timeOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func yesNo(b bool) string { return choose(b, "yes", "no") }

func choose(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// sideOf names a side of a token as people know it.
func sideOf(kind string) string {
	switch kind {
	case "piv":
		return "smart-card side"
	case "fido2":
		return "passkey side"
	default:
		return kind
	}
}
