package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/app"
)

func (c *ctl) backupCommand() *cobra.Command {
	return group("backup", "Make and look at backups", c.backupCreate(), c.backupInspect())
}

func (c *ctl) backupCreate() *cobra.Command {
	var elsewhere, replace bool
	cmd := &cobra.Command{
		Use: "create FILE", Aliases: []string{"make"}, Short: "Write the whole vault to one encrypted file",
		Long: `Write the whole vault to one file that any enrolled token, or the 24 words, opens. Put it on another disk: a backup beside the vault does
not count. A synced folder is a fine place for it; say --elsewhere when it lies on this disk but is copied away from this machine.

A FILE that is there is left alone unless --replace is given: it may be the last good backup.`,
		Example: "  holdfastctl backup create /media/stick/vault.backup\n  holdfastctl backup create ~/Dropbox/vault.backup --elsewhere",
		Args:    exactly(1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			path, err := absolute(args[0])
			if err == nil && !replace {
				err = app.FreeForBackup(path)
			}
			if err != nil {
				return nil, err
			}
			var r backupMade
			bar := c.progressOf("writing the backup")
			err = c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				info, err := s.Backup(ctx, path, elsewhere, replace, bar.at)
				r = backupMade{Path: info.Path, Size: info.Size, Identities: info.Identities, Head: info.Head, Time: timeOf(info.Time), SameDevice: info.SameDevice}
				return err
			})
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
	cmd.Flags().BoolVar(&elsewhere, "elsewhere", false, "vouch that the file is copied off this machine although it lies on the vault's disk")
	cmd.Flags().BoolVar(&replace, "replace", false, "replace FILE if it is there (it is kept until the new one is whole)")
	return cmd
}

type backupMade struct {
	Path       string `json:"path"`
	Size       int64  `json:"size"`
	Identities int    `json:"identities"`
	Head       uint64 `json:"head"` // the newest journal entry inside
	Time       string `json:"time"`
	SameDevice bool   `json:"sameDevice"`
}

func (r backupMade) text(p *page) {
	p.line("Backup written: %s (%d bytes, %d identities).", r.Path, r.Size, r.Identities)
	if r.SameDevice {
		p.line("It lies on the same disk as the vault, so it does not count: copy it to another disk, or make it there.")
	}
}

func (c *ctl) backupInspect() *cobra.Command {
	return &cobra.Command{
		Use: "inspect FILE", Aliases: []string{"info"}, Short: "Show what a backup says of itself, without opening it",
		Long:    "Show what a backup says of itself. Nothing is opened; compare the four owner words with your recovery sheet.",
		Example: "  holdfastctl backup inspect /media/stick/vault.backup",
		Args:    exactly(1),
		RunE: c.does(func(_ context.Context, args []string) (result, error) {
			h, err := c.app.InspectBackup(args[0])
			if err != nil {
				return nil, err
			}
			return backupHeader{h.Vault, h.OwnerWords[:], timeOf(h.Created), h.Generation, h.Keyslots, h.Size}, nil
		}),
	}
}

type backupHeader struct {
	Vault      string   `json:"vault"`
	OwnerWords []string `json:"ownerWords"`
	Created    string   `json:"created"`
	Generation uint64   `json:"generation"`
	Keyslots   int      `json:"keyslots"`
	Size       int64    `json:"size"`
}

func (r backupHeader) text(p *page) {
	p.line("Vault       %s", r.Vault)
	p.line("Owner words %s", strings.Join(r.OwnerWords, " "))
	p.line("Made        %s", r.Created)
	p.line("Generation  %d, sealed to %d keyslots and to the words", r.Generation, r.Keyslots)
	p.line("Size        %d bytes", r.Size)
}

// freshToken are the flags of the token that a restored vault is opened with.
type freshToken struct{ label, role string }

func (f *freshToken) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.label, "label", "", "what you call the new token (default: its name and number)")
	cmd.Flags().StringVar(&f.role, "role", string(app.RoleEveryday), "everyday or recovery")
}

func (f *freshToken) keyslot(c *ctl) (app.NewKeyslot, error) {
	role, err := roleOf(f.role)
	return app.NewKeyslot{Token: c.flags.token, Label: f.label, Role: role, Tiers: []app.Tier{app.TierVault, app.TierMaster}, Wait: c.waiter()}, err
}

func (c *ctl) restoreCommand() *cobra.Command {
	var fresh freshToken
	var words bool
	from := -1
	cmd := &cobra.Command{
		Use: "restore BACKUP", Short: "Bring a vault back from a backup, with a token or with the words",
		Long: `Bring a vault back from a backup: with a token that is enrolled in it and has the master tier (the recovery token), or with the 24 words
(--words), which enrol the token that is plugged in. The restored vault is a new generation with a new use branch: identities come back with
labels and relationships and can be verified; keys from before sign no more.`,
		Example: `  holdfastctl restore /media/stick/vault.backup
  holdfastctl restore /media/stick/vault.backup --words --label "new key"`,
		Args: exactly(1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			k, err := fresh.keyslot(c)
			if err != nil {
				return nil, err
			}
			q := app.Restore{Vault: c.flags.vault, Backup: args[0], Token: k, OwnerWords: strings.Fields(c.flags.ownerWords)}
			if words || from >= 0 {
				if q.Words, err = c.sentenceOf(ctx, from); err != nil {
					return nil, err
				}
				defer q.Words.Destroy()
			}
			s, back, err := c.app.Restore(ctx, q, c.prompts(), c.step)
			if err != nil {
				return nil, err
			}
			r := restored{Place: back.Place.Dir, Identities: back.Identities, Branch: back.Branch, Created: timeOf(back.Created), Generation: back.Generation, Ended: back.Ended, Older: back.Older, LeftOut: list(back.Revoked), Ways: []keyslotJSON{}}
			for _, k := range back.Ways {
				r.Ways = append(r.Ways, keyslotOf(k))
			}
			return r, c.until(ctx, s, func(context.Context, *app.Session) error { return nil })
		}),
	}
	cmd.Flags().BoolVar(&words, "words", false, "open the backup with the 24 words, typed on the terminal")
	cmd.Flags().IntVar(&from, "words-fd", from, "open it with the 24 words, read from descriptor `N`")
	fresh.flags(cmd)
	return cmd
}

type restored struct {
	Place      string `json:"place"`
	Identities int    `json:"identities"`
	Branch     uint32 `json:"branch"`
	Created    string `json:"created"`
	Generation uint64 `json:"generation"`
	Ended      int    `json:"identitiesOfEndedBranches"`
	Older      bool   `json:"olderThanThisMachineKnew"`

	LeftOut []string      `json:"leftOut"` // labels of tokens that this machine knows as revoked
	Ways    []keyslotJSON `json:"waysIn"`
}

func (r restored) text(p *page) {
	p.line("Restored: %s, %d identities, from the backup of %s.", r.Place, r.Identities, r.Created)
	p.line("Generation %d, use branch %d. %d identities from before verify and decrypt, and sign no more.", r.Generation, r.Branch, r.Ended)
	if r.Older {
		p.line("This machine knew a newer state of the vault than the backup's: what was done since is not in it.")
	}
	for _, label := range r.LeftOut {
		p.line("Left out, since this machine knows it as revoked: %s", label)
	}
	p.line("")
	p.line("These tokens open the restored vault:")
	keyslotTable(p, r.Ways)
	p.line("Revoke each that is lost or was stolen, and each that you had revoked after the backup was made: holdfastctl key revoke LABEL --reason stolen")
}

func (c *ctl) recoverCommand() *cobra.Command {
	var fresh freshToken
	var known []string
	from := -1
	cmd := &cobra.Command{
		Use: "recover", Short: "Make a vault from the 24 words alone, and say what they cannot bring back",
		Long: `Make a vault from the 24 words alone, and enrol the token that is plugged in. Keys come back; did:key identities that you name with --known
are found by scanning. Labels, relationships, did:peer identities and history are in backups only; what is missing is said.`,
		Example: "  holdfastctl recover --known did:key:z6Mk...",
		Args:    exactly(0),
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			k, err := fresh.keyslot(c)
			if err != nil {
				return nil, err
			}
			sentence, err := c.sentenceOf(ctx, from)
			if err != nil {
				return nil, err
			}
			defer sentence.Destroy()
			s, back, err := c.app.Recover(ctx, app.Recover{Vault: c.flags.vault, Words: sentence, Known: known, Token: k}, c.prompts(), c.step)
			if err != nil {
				return nil, err
			}
			r := recovered{Place: back.Place.Dir, Found: list(back.Found), Scanned: back.Scanned, Unmatched: list(back.Unmatched), Missing: list(back.Missing), missing: back.MissingWords}
			return r, c.until(ctx, s, func(context.Context, *app.Session) error { return nil })
		}),
	}
	cmd.Flags().StringArrayVar(&known, "known", nil, "a `DID` that you know was yours (repeatable)")
	cmd.Flags().IntVar(&from, "words-fd", from, "read the 24 words from descriptor `N`")
	fresh.flags(cmd)
	return cmd
}

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

type recovered struct {
	Place     string   `json:"place"`
	Found     []string `json:"found"`
	Scanned   int      `json:"scanned"`
	Unmatched []string `json:"unmatched"`
	Missing   []string `json:"missing"` // message ids
	missing   []string // in words
}

func (r recovered) text(p *page) {
	p.line("Vault made from the words: %s", r.Place)
	p.line("%d keys were derived and compared; found again:", r.Scanned)
	for _, d := range r.Found {
		p.line("  %s", d)
	}
	for _, d := range r.Unmatched {
		p.line("Not found: %s", d)
	}
	p.line("What the words alone cannot bring back (a backup can):")
	for _, m := range r.missing {
		p.line("  - %s", m)
	}
}
