package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/app"
)

func (c *ctl) identityCommand() *cobra.Command {
	cmd := group("identity", "Make, list, search, show and export identities",
		c.identityCreate(), c.identityList(), c.identitySearch(), c.identityShow(), c.identityExport(), c.identityPrepare())
	cmd.Aliases = []string{"id", "identities"}
	return cmd
}

func (c *ctl) identityCreate() *cobra.Command {
	var n app.NewIdentities
	var method, master string
	var cmd *cobra.Command
	cmd = &cobra.Command{
		Use: "create", Aliases: []string{"make", "new"}, Short: "Make one identity or many",
		Long: `Make a did:key (public, the key itself), or a did:peer:4 for one relationship (--for), which nobody else can link to your others and which
carries a succession key. With --count many are made at once; Ctrl-C ends that at any point, and the count it says is what was made.

Succession keys are made in ceremonies. When fewer are in stock than relationships are asked for, a ceremony makes them before the first identity:
it asks for a token with the master tier (--master-token, by default the one that opens the vault), its PIN and a touch.`,
		Example: `  holdfastctl identity create --label public
  holdfastctl identity create --label chain --curve secp256k1
  holdfastctl identity create --for "Bank of Examples"
  holdfastctl identity create --count 1000 --label device
  holdfastctl identity create --count 50 --for "Parcel service" --master-token "bank box"`,
		Args: exactly(0),
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			n.Method = app.Method(method)
			if method == "" {
				n.Method = app.MethodKey
				if n.Party != "" {
					n.Method = app.MethodPeer
				}
			}
			if n.Count < 1 || n.Count > app.MostAtOnce {
				return nil, usagef("count %d: 1 to %d", n.Count, app.MostAtOnce)
			}
			if cmd.Flags().Changed("for") && strings.TrimSpace(n.Party) == "" {
				return nil, usagef("--for is empty: name the party, or leave --for out for a public identity, which can be linked to your others")
			}
			if err := n.Check(); err != nil {
				return nil, err
			}
			r := identitiesMade{Wanted: n.Count, First: []identityJSON{}}
			bar := c.progressOf("making identities")
			err := c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				if err := c.stock(ctx, s, n, master); err != nil {
					return err
				}
				made, first, err := s.Create(ctx, n, func(done int) { bar.at(int64(done), int64(n.Count)) })
				r.Made = made
				for _, id := range first {
					r.First = append(r.First, identityOf(id))
				}
				return err
			})
			if err != nil && r.Made == 0 {
				return nil, err
			}
			return r, err
		}),
	}
	cmd.Flags().StringVar(&method, "method", "", "key or peer (default: peer with --for, else key)")
	cmd.Flags().StringVar(&n.Curve, "curve", "", "of a did:key: ed25519 (default), p256 or secp256k1")
	cmd.Flags().StringVar(&n.Label, "label", "", "what you call it; with --count a number follows")
	cmd.Flags().StringVar(&n.Party, "for", "", "the party that the relationship is with")
	cmd.Flags().IntVar(&n.Count, "count", 1, "how many to make")
	c.ceremonyFlags(cmd, &master)
	return cmd
}

// stock makes the succession keys that are missing, in a ceremony that it announces.
func (c *ctl) stock(ctx context.Context, s *app.Session, n app.NewIdentities, master string) error {
	left, short, err := s.Short(ctx, n)
	if err != nil || !short {
		return err
	}
	text := fmt.Sprintf("%d succession keys are in stock, and %d are needed: a ceremony makes them first, and opens the master secret for it.", left, n.Count)
	c.screen.say(event{Event: "say", Text: text})
	bar := c.progressOf("making succession keys")
	return s.Stock(ctx, n, c.confirmedBy(master), c.prompts(), func(made int) { bar.at(int64(made), 0) })
}

type identitiesMade struct {
	Made   int            `json:"made"`
	Wanted int            `json:"wanted"`
	First  []identityJSON `json:"first"` // at most ten
}

func (r identitiesMade) text(p *page) {
	if r.Wanted > 1 {
		p.line("%d of %d identities made.", r.Made, r.Wanted)
	}
	for i, id := range r.First {
		if r.Wanted > 1 && i == 3 {
			p.line("...")
			return
		}
		p.line("%s%s", id.DID, choose(id.Label != "", "  "+id.Label, ""))
	}
}

type identityJSON struct {
	ID       string          `json:"id"`
	DID      string          `json:"did"`
	LongForm string          `json:"longForm,omitempty"`
	Method   string          `json:"method"`
	Label    string          `json:"label"`
	Party    string          `json:"party,omitempty"`
	State    string          `json:"state"`
	Ended    bool            `json:"ended,omitempty"` // the keys come from a use branch that has ended
	Created  string          `json:"created"`
	Document json.RawMessage `json:"document,omitempty"`
	Keys     []identityKey   `json:"keys,omitempty"`
}

type identityKey struct {
	Purpose string `json:"purpose"`
	Version int    `json:"version"`
	Curve   string `json:"curve"`
	Public  string `json:"public"` // hex
	State   string `json:"state"`
	Branch  uint32 `json:"branch"`
	Control bool   `json:"control"`
	MaySign bool   `json:"maySign"`
}

// identityOf tells an identity without its document and keys.
func identityOf(i app.Identity) identityJSON {
	return identityJSON{ID: i.ID, DID: i.DID, LongForm: i.LongForm, Method: i.Method, Label: i.Label, Party: i.Party, State: i.State, Ended: i.Ended, Created: timeOf(i.Created)}
}

func (c *ctl) identityList() *cobra.Command {
	var q app.Query
	cmd := &cobra.Command{
		Use: "list", Short: "List identities, newest first",
		Long:    "List identities, newest first, 50 at a time. --after with the last ID goes on.",
		Example: "  holdfastctl identity list --method peer --limit 20",
		Args:    exactly(0),
		RunE:    c.does(func(ctx context.Context, _ []string) (result, error) { return c.find(ctx, q) }),
	}
	queryFlags(cmd, &q)
	return cmd
}

func (c *ctl) identitySearch() *cobra.Command {
	var q app.Query
	cmd := &cobra.Command{
		Use: "search TEXT", Short: "Search identities by label, party or DID",
		Long:    "Search identities by a part of label, party or DID; three letters or more are found within words.",
		Example: "  holdfastctl identity search bank",
		Args:    exactly(1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			q := q
			q.Text = args[0]
			return c.find(ctx, q)
		}),
	}
	queryFlags(cmd, &q)
	return cmd
}

func queryFlags(cmd *cobra.Command, q *app.Query) {
	cmd.Flags().StringVar(&q.Method, "method", "", "only this method: key or peer")
	cmd.Flags().StringVar(&q.State, "state", "", "only this state: active, ...")
	cmd.Flags().StringVar(&q.Branch, "branch", "", "only those whose keys come from the present use branch, or from one that has ended: present or ended")
	cmd.Flags().IntVar(&q.Limit, "limit", 50, "at most this many")
	cmd.Flags().StringVar(&q.After, "after", "", "those that follow this `ID` in the list")
	cmd.Flags().IntVar(&q.Skip, "skip", 0, "leave out this many of them")
}

func (c *ctl) find(ctx context.Context, q app.Query) (result, error) {
	if q.Limit < 1 {
		return nil, usagef("limit %d: 1 or more", q.Limit)
	}
	if q.Skip < 0 {
		return nil, usagef("skip %d: 0 or more", q.Skip)
	}
	if q.Branch != "" && q.Branch != app.BranchPresent && q.Branch != app.BranchEnded {
		return nil, usagef("branch %q: present or ended", q.Branch)
	}
	r := identityList{Identities: []identityJSON{}}
	err := c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
		q.Limit++ // to see whether there are more
		found, err := s.Identities(ctx, q)
		if err != nil {
			return err
		}
		if r.More = len(found) == q.Limit; r.More {
			found = found[:q.Limit-1]
			r.Next = found[len(found)-1].ID
		}
		for _, id := range found {
			r.Identities = append(r.Identities, identityOf(id))
		}
		if r.Fit, err = s.CountFound(ctx, q); err != nil {
			return err
		}
		r.Total, err = s.CountIdentities(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

type identityList struct {
	Identities []identityJSON `json:"identities"`
	Total      int            `json:"total"` // in the vault
	Fit        int            `json:"fit"`   // that the query asks for, with those that it skips and those after its limit
	More       bool           `json:"more"`  // that the query asks for and that are not in this list
	Next       string         `json:"next,omitempty"`
}

func (r identityList) text(p *page) {
	rows := [][]string{{"ID", "LABEL", "FOR", "STATE", "DID"}}
	for _, i := range r.Identities {
		rows = append(rows, []string{i.ID, i.Label, i.Party, i.State, shortDID(i.DID)})
	}
	p.columns(rows...)
	switch {
	case r.More:
		p.line("%d shown, and there are more that fit: go on with --after %s (%d in the vault)", len(r.Identities), r.Next, r.Total)
	default:
		p.line("%d shown, and no more that fit (%d in the vault)", len(r.Identities), r.Total)
	}
}

func shortDID(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return s[:most-11] + "..." + s[len(s)-8:]
}

func (c *ctl) identityShow() *cobra.Command {
	return &cobra.Command{
		Use: "show IDENTITY", Short: "Show one identity with its keys and document",
		Long:    "Show one identity with its keys and document. IDENTITY is an id, a DID in either form, or a label that only one identity has.",
		Example: "  holdfastctl identity show public --json",
		Args:    exactly(1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			r, err := c.identity(ctx, args[0])
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
}

func (c *ctl) identity(ctx context.Context, ref string) (identityJSON, error) {
	var r identityJSON
	err := c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
		i, err := s.Identity(ctx, ref)
		if err != nil {
			return err
		}
		r = identityOf(i)
		r.Document = i.Document
		for _, k := range i.Keys {
			r.Keys = append(r.Keys, identityKey{k.Purpose.String(), k.Version, string(k.Curve), hex.EncodeToString(k.Public), k.State, k.Branch, k.Control, k.MaySign})
		}
		return nil
	})
	return r, err
}

func (i identityJSON) text(p *page) {
	p.line("DID     %s", i.DID)
	if i.LongForm != "" {
		p.line("Long    %s", i.LongForm)
	}
	p.line("ID      %s", i.ID)
	p.line("Label   %s", i.Label)
	if i.Party != "" {
		p.line("For     %s", i.Party)
	}
	p.line("State   %s, made %s", i.State, i.Created)
	rows := [][]string{{"PURPOSE", "CURVE", "STATE", "SIGNS", "PUBLIC KEY"}}
	for _, k := range i.Keys {
		rows = append(rows, []string{k.Purpose, k.Curve, k.State, choose(k.Control, "in ceremonies", yesNo(k.MaySign)), k.Public})
	}
	p.columns(rows...)
}

func (c *ctl) identityExport() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "export IDENTITY", Short: "Write the DID document of an identity",
		Long:    "Write the DID document of an identity to stdout, or to a new file with -o. It holds public keys only, and nothing that links it to another identity.",
		Example: "  holdfastctl identity export public -o did.json",
		Args:    exactly(1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			if out != "" {
				if err := app.Free(out); err != nil {
					return nil, err
				}
			}
			i, err := c.identity(ctx, args[0])
			if err != nil {
				return nil, err
			}
			r := exported{DID: i.DID, LongForm: i.LongForm, Document: i.Document, File: out}
			if out != "" {
				err = app.SaveNew(out, append(bytes.Clone(i.Document), 0x0a))
			}
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to this new `FILE` instead of stdout")
	return cmd
}

type exported struct {
	DID      string          `json:"did"`
	LongForm string          `json:"longForm,omitempty"`
	Document json.RawMessage `json:"document"`
	File     string          `json:"file,omitempty"`
}

func (r exported) text(p *page) {
	if r.File != "" {
		p.line("Document written: %s", r.File)
		return
	}
	p.line("%s", r.Document)
}

func (c *ctl) identityPrepare() *cobra.Command {
	var count int
	var master string
	cmd := &cobra.Command{
		Use: "prepare", Short: "Make succession keys for new relationships, in a ceremony",
		Long: `Each did:peer:4 carries a succession key, whose secret half exists in ceremonies only. Every ceremony leaves a stock of 256, and 'identity
create --for' makes what is missing in a ceremony of its own; this one makes more beforehand, so that none is needed later.`,
		Example: "  holdfastctl identity prepare --count 10000",
		Args:    exactly(0),
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			if count < 1 || count > app.MostAtOnce {
				return nil, usagef("count %d: 1 to %d", count, app.MostAtOnce)
			}
			bar := c.progressOf("making succession keys")
			var r prepared
			err := c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				if err := s.FillPool(ctx, count, c.confirmedBy(master), c.prompts(), func(made int) { bar.at(int64(made), int64(count)) }); err != nil {
					return err
				}
				st, err := s.Status(ctx)
				r.Left = st.PoolLeft
				return err
			})
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
	cmd.Flags().IntVar(&count, "count", 2048, "how many shall be in stock")
	c.ceremonyFlags(cmd, &master)
	return cmd
}

type prepared struct {
	Left int `json:"successionKeysLeft"`
}

func (r prepared) text(p *page) { p.line("%d succession keys are in stock.", r.Left) }
