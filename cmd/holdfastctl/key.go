package main

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/app"
)

func (c *ctl) keyCommand() *cobra.Command {
	cmd := group("key", "Enrol, prove and revoke the tokens that open the vault", c.keyList(), c.keyEnrol(), c.keyProve(), c.keyRevoke())
	cmd.Aliases = []string{"keyslot", "keys"}
	return cmd
}

// ceremonyFlags adds the flags of commands that open the master secret.
func (c *ctl) ceremonyFlags(cmd *cobra.Command, master *string) {
	cmd.Flags().StringVar(master, "master-token", "", "token with the master tier that confirms this: as --token (default: the one that opens the vault, else another)")
}

func (c *ctl) confirmedBy(master string) app.Ceremony {
	return app.Ceremony{Token: master, Wait: c.waiter(), Steps: c.step}
}

func (c *ctl) keyList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the tokens enrolled, and those revoked", Args: exactly(0),
		Example: "  holdfastctl key list --json",
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			r := keyList{Keyslots: []keyslotJSON{}}
			err := c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				list, err := s.Keyslots(ctx)
				for _, k := range list {
					r.Keyslots = append(r.Keyslots, keyslotOf(k))
				}
				return err
			})
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
}

type keyList struct {
	Keyslots []keyslotJSON `json:"keyslots"`
}

func (r keyList) text(p *page) { keyslotTable(p, r.Keyslots) }

type keyslotJSON struct {
	ID            string            `json:"id"`
	Label         string            `json:"label"`
	Kind          string            `json:"kind"`
	Role          string            `json:"role"`
	Tiers         []string          `json:"tiers"`
	Slots         map[string]string `json:"slots,omitempty"` // PIV slots in hex, by tier
	Physical      string            `json:"physical"`
	Model         string            `json:"model"`
	Serial        string            `json:"serial"`
	Firmware      string            `json:"firmware"`
	Enrolled      string            `json:"enrolled,omitempty"`
	ProvenVault   string            `json:"provenVault,omitempty"`
	ProvenMaster  string            `json:"provenMaster,omitempty"`
	WayIn         bool              `json:"wayIn"`
	WhyNot        string            `json:"whyNot,omitempty"`
	Revoked       string            `json:"revoked,omitempty"`
	RevokedReason string            `json:"revokedReason,omitempty"`
}

func keyslotOf(k app.KeyslotInfo) keyslotJSON {
	out := keyslotJSON{
		ID: k.ID, Label: k.Label, Kind: string(k.Kind), Role: string(k.Role), Tiers: []string{}, Physical: k.Physical, Model: k.Model, Serial: k.Serial,
		Firmware: k.Firmware, Enrolled: timeOf(k.Enrolled), ProvenVault: timeOf(k.ProvenVault), ProvenMaster: timeOf(k.ProvenMaster),
		WayIn: k.WayIn, WhyNot: k.WhyNot, Revoked: timeOf(k.Revoked), RevokedReason: k.RevokedReason,
	}
	for _, t := range k.Tiers {
		out.Tiers = append(out.Tiers, string(t))
	}
	for t, slot := range k.Slots {
		if out.Slots == nil {
			out.Slots = map[string]string{}
		}
		out.Slots[string(t)] = fmt.Sprintf("%02x", slot)
	}
	return out
}

func keyslotTable(p *page, list []keyslotJSON) {
	rows := [][]string{{"ID", "LABEL", "SIDE", "ROLE", "TIERS", "PROVEN", "STATE"}}
	for _, k := range list {
		rows = append(rows, []string{k.ID[:min(8, len(k.ID))], k.Label, sideOf(k.Kind), k.Role, strings.Join(k.Tiers, ","), provenOf(k), stateOf(k)})
	}
	p.columns(rows...)
}

func provenOf(k keyslotJSON) string {
	var list []string
	if k.ProvenVault != "" {
		list = append(list, "vault")
	}
	if k.ProvenMaster != "" {
		list = append(list, "master")
	}
	sort.Strings(list)
	if len(list) == 0 {
		return "no"
	}
	return strings.Join(list, ",")
}

func stateOf(k keyslotJSON) string {
	switch {
	case k.Revoked != "":
		return "revoked (" + k.RevokedReason + ")"
	case k.WayIn:
		return "way in"
	default:
		return "not a way in (" + strings.ReplaceAll(k.WhyNot, "-", " ") + ")"
	}
}

func (c *ctl) keyEnrol() *cobra.Command {
	var fresh, label, role, tiers, master string
	cmd := &cobra.Command{
		Use: "enrol", Aliases: []string{"enroll", "add"}, Short: "Enrol another token, in a ceremony, and prove it",
		Long: `Enrol another token in a ceremony, make it durable and prove it from the bytes on disk: a recovery token through its master tier.

The vault is opened first with an enrolled token (--token), and the ceremony confirmed with one that has the master tier (--master-token,
by default the same). The new token (--new) is found by itself when only one that is plugged in holds no keyslot yet. The other side of a
token that is enrolled already does not arm the vault: losing the token would lose both.`,
		Example: `  holdfastctl key enrol --role recovery --label "bank box"
  holdfastctl key enrol --new 87654321/fido2 --tiers vault`,
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
			n := app.NewKeyslot{Token: fresh, Label: label, Role: r, Tiers: t, Wait: c.waiter()}
			var done enrolled
			err = c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				id, err := s.Enrol(ctx, n, c.confirmedBy(master), c.prompts(), c.step)
				if err != nil {
					return err
				}
				done.Keyslot, done.Armed, err = c.keyslotAfter(ctx, s, id)
				return err
			})
			if err != nil {
				return nil, err
			}
			return done, nil
		}),
	}
	cmd.Flags().StringVar(&fresh, "new", "", "token to enrol: as --token")
	cmd.Flags().StringVar(&label, "label", "", "what you call this token (default: its name and number)")
	cmd.Flags().StringVar(&role, "role", string(app.RoleEveryday), "everyday or recovery")
	cmd.Flags().StringVar(&tiers, "tiers", "vault,master", "what the token opens: vault, or vault,master")
	c.ceremonyFlags(cmd, &master)
	return cmd
}

type enrolled struct {
	Keyslot keyslotJSON `json:"keyslot"`
	Armed   bool        `json:"armed"`
}

func (r enrolled) text(p *page) {
	p.line("Token enrolled and proven: %s (%s, %s)", r.Keyslot.Label, sideOf(r.Keyslot.Kind), r.Keyslot.Role)
	if r.Armed {
		p.line("The vault is armed: two physically different tokens open it.")
	}
}

func (c *ctl) keyslotAfter(ctx context.Context, s *app.Session, id string) (keyslotJSON, bool, error) {
	st, err := s.Status(ctx)
	if err != nil {
		return keyslotJSON{}, false, err
	}
	for _, k := range st.Keyslots {
		if k.ID == id {
			return keyslotOf(k), st.Armed, nil
		}
	}
	return keyslotJSON{ID: id}, st.Armed, nil
}

func (c *ctl) keyProve() *cobra.Command {
	var tier string
	cmd := &cobra.Command{
		Use: "prove KEYSLOT", Short: "Prove that an enrolled token opens its tier",
		Long:    "Open a tier of a keyslot with its token, from the bytes on disk, so that the vault knows that it would. KEYSLOT is a label, an id or the beginning of one, or a serial number.",
		Example: "  holdfastctl key prove \"bank box\" --tier master",
		Args:    exactly(1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			t := app.Tier(tier)
			if t != app.TierVault && t != app.TierMaster {
				return nil, usagef("tier %q: vault or master", tier)
			}
			var done proven
			err := c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				k, err := s.Prove(ctx, args[0], t, c.waiter(), c.prompts())
				if err != nil {
					return err
				}
				done.Tier = tier
				done.Keyslot, done.Armed, err = c.keyslotAfter(ctx, s, k)
				return err
			})
			if err != nil {
				return nil, err
			}
			return done, nil
		}),
	}
	cmd.Flags().StringVar(&tier, "tier", string(app.TierMaster), "vault or master")
	return cmd
}

type proven struct {
	Keyslot keyslotJSON `json:"keyslot"`
	Tier    string      `json:"tier"`
	Armed   bool        `json:"armed"`
}

func (r proven) text(p *page) {
	p.line("Proven: %s opens the %s tier.", r.Keyslot.Label, r.Tier)
	if r.Armed {
		p.line("The vault is armed: two physically different tokens open it.")
	}
}

func (c *ctl) keyRevoke() *cobra.Command {
	var reason, master string
	cmd := &cobra.Command{
		Use: "revoke KEYSLOT", Short: "Revoke a token, in a ceremony, present or not",
		Long: `Revoke a token in a ceremony. The vault gets its next generation: a new vault key, encrypted anew, sealed to every token that
remains though absent, and a new use branch. Enrol and prove a replacement first: the last proven everyday token, the last proven recovery
token and the last master tier cannot be revoked. The command says what somebody with the token, its PIN and an old copy could still do.`,
		Example: "  holdfastctl key revoke \"blue key\" --reason lost",
		Args:    exactly(1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			if reason != "lost" && reason != "stolen" && reason != "retired" {
				return nil, usagef("reason %q: lost, stolen or retired", reason)
			}
			var done revoked
			err := c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				r, err := s.Revoke(ctx, args[0], reason, c.confirmedBy(master), c.prompts(), c.step)
				done = revoked{
					Keyslot: r.Keyslot.ID, Label: r.Keyslot.Label, Reason: reason, Generation: r.Generation, Branch: r.Branch,
					Remaining: r.Remaining, HadMaster: r.HadMaster, Remains: r.Remains,
				}
				return err
			})
			if err != nil {
				return nil, err
			}
			return done, nil
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "lost", "lost, stolen or retired")
	c.ceremonyFlags(cmd, &master)
	return cmd
}

type revoked struct {
	Keyslot    string   `json:"keyslot"`
	Label      string   `json:"label"`
	Reason     string   `json:"reason"`
	Generation uint64   `json:"generation"`
	Branch     uint32   `json:"branch"`
	Remaining  int      `json:"remaining"`
	HadMaster  bool     `json:"hadMaster"`
	Remains    []string `json:"remains"` // what the revocation cannot undo
}

func (r revoked) text(p *page) {
	p.line("Revoked: %s opens nothing new. Generation %d, use branch %d, sealed to %d remaining keyslots.", r.Label, r.Generation, r.Branch, r.Remaining)
	p.line("What revoking cannot undo:")
	for _, s := range r.Remains {
		p.line("  - %s", s)
	}
}

func (c *ctl) branchCommand() *cobra.Command {
	var master string
	fresh := &cobra.Command{
		Use: "new", Short: "Accept a copied or older vault and start a new use branch, in a ceremony",
		Long: `A vault folder that was copied from another machine, or that is older than the one this machine saw last, is open to read only.
This accepts its state, in a ceremony that the journal keeps, and starts a new use branch, so that no number ever serves two identities.`,
		Example: "  holdfastctl branch new",
		Args:    exactly(0),
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			var r branchResult
			err := c.withVault(ctx, func(ctx context.Context, s *app.Session) (err error) {
				r.Branch, err = s.NewBranch(ctx, c.confirmedBy(master), c.prompts(), c.step)
				return err
			})
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
	c.ceremonyFlags(fresh, &master)
	return group("branch", "Start a new use branch for a copied or restored vault", fresh)
}

type branchResult struct {
	Branch uint32 `json:"branch"`
}

func (r branchResult) text(p *page) { p.line("Use branch %d is in use from now on.", r.Branch) }
