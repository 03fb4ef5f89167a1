package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/app"
)

func (c *ctl) journalCommand() *cobra.Command {
	list := c.journalList("journal")
	list.Long = `Show the vault's own record of every act, in plain words, newest first. It is hash-chained; 'journal verify' checks it, 'journal export' writes
it as JSON lines.`
	list.AddCommand(c.journalList("list"), c.journalVerify(), c.journalExport())
	return list
}

// filterFlags add what the record can be filtered by.
func filterFlags(cmd *cobra.Command, f *journalFilter) {
	cmd.Flags().StringVar(&f.act, "act", "", "only this act, by its name in the export: sign, enrol-keyslot, ... (a wrong name lists them)")
	cmd.Flags().StringVar(&f.group, "group", "", "only acts of this kind: "+groupNames())
	cmd.Flags().StringVar(&f.subject, "subject", "", "only about this identity or token: its label or id")
	cmd.Flags().StringVar(&f.result, "result", "", "only this result: ok, refused, failed, cancelled, interrupted")
	cmd.Flags().StringVar(&f.text, "text", "", "only entries with this text in them")
	cmd.Flags().StringVar(&f.since, "since", "", "only from this `TIME` on: 2026-11-22 or RFC 3339")
	cmd.Flags().StringVar(&f.until, "until", "", "only up to this `TIME`")
	cmd.Flags().IntVar(&f.limit, "limit", 0, "at most this many, newest first (list: 100 when not given)")
}

type journalFilter struct {
	act, group, subject, result, text, since, until string
	limit                                           int
}

func (f journalFilter) filter() (app.JournalFilter, error) {
	out := app.JournalFilter{Act: app.JournalAct(f.act), Subject: f.subject, Result: f.result, Text: f.text, Limit: f.limit}
	if f.act != "" && !slices.Contains(app.JournalActs(), f.act) {
		return out, usagef("--act %q: %s", f.act, strings.Join(app.JournalActs(), ", "))
	}
	if f.group != "" {
		if out.Acts = app.JournalGroup(f.group).Acts(); len(out.Acts) == 0 {
			return out, usagef("--group %q: %s", f.group, groupNames())
		}
	}
	if f.result != "" && !slices.Contains(app.JournalResults(), f.result) {
		return out, usagef("--result %q: %s", f.result, strings.Join(app.JournalResults(), ", "))
	}
	var err error
	if out.From, err = timeFlag("since", f.since); err != nil {
		return out, err
	}
	out.To, err = timeFlag("until", f.until)
	return out, err
}

func groupNames() string {
	var names []string
	for _, g := range app.JournalGroups() {
		names = append(names, string(g))
	}
	return strings.Join(names, ", ")
}

func timeFlag(name, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("--%s %q: a date such as 2026-11-22, or RFC 3339", name, s)
}

func (c *ctl) journalList(use string) *cobra.Command {
	var f journalFilter
	cmd := &cobra.Command{
		Use: use, Short: "Show what was done with the vault, newest first",
		Example: "  holdfastctl journal --act sign --since 2026-11-01\n  holdfastctl journal verify\n  holdfastctl journal export audit.jsonl",
		Args:    exactly(0),
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			q, err := f.filter()
			if err != nil {
				return nil, err
			}
			r := journalResult{Events: []eventJSON{}}
			err = c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				list, err := s.JournalLines(ctx, q)
				for _, e := range list {
					r.Events = append(r.Events, eventJSON{e.Number, e.Time.UTC().Format(time.RFC3339), string(e.Act), string(e.Phase), e.Ref, e.Subject, e.Result, e.Facts, e.Words, e.Entries})
				}
				return err
			})
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
	filterFlags(cmd, &f)
	return cmd
}

type journalResult struct {
	Events []eventJSON `json:"events"`
}

type eventJSON struct {
	Number  uint64            `json:"number"`
	Time    string            `json:"time"`
	Act     string            `json:"act"`
	Phase   string            `json:"phase"`
	Ref     uint64            `json:"ref,omitempty"`
	Subject string            `json:"subject,omitempty"`
	Result  string            `json:"result,omitempty"`
	Facts   map[string]string `json:"facts,omitempty"`
	Words   string            `json:"words"`
	Entries int               `json:"entries"` // that this line tells, number being the newest
}

func (r journalResult) text(p *page) {
	for _, e := range r.Events {
		p.line("%6d  %s  %s", e.Number, e.Time, e.Words)
	}
}

func (c *ctl) journalVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Check the record, the rows and the pages, and say where something was tampered with",
		Long:    "Check the hash chain, the authenticated rows, the heads that the owner key signed and the pages of the database. Exit code 1 when anything is found.",
		Example: "  holdfastctl journal verify --json",
		Args:    exactly(0),
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			r := verification{Findings: []findingJSON{}}
			bar := c.progressOf("checking")
			err := c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				found, err := s.VerifyJournal(ctx, func(done, total int) { bar.at(int64(done), int64(total)) })
				for _, f := range found {
					r.Findings = append(r.Findings, findingJSON{f.Place, f.What})
				}
				return err
			})
			if err != nil {
				return nil, err
			}
			if r.Sound = len(r.Findings) == 0; !r.Sound {
				return r, app.ErrTampered
			}
			return r, nil
		}),
	}
}

type verification struct {
	Sound    bool          `json:"sound"`
	Findings []findingJSON `json:"findings"`
}

type findingJSON struct {
	Place string `json:"place"`
	What  string `json:"what"`
}

func (r verification) text(p *page) {
	if r.Sound {
		p.line("Sound: chain, rows, signed heads and pages agree.")
		return
	}
	for _, f := range r.Findings {
		p.line("%s: %s", f.Place, f.What)
	}
}

func (c *ctl) journalExport() *cobra.Command {
	var f journalFilter
	var names bool
	cmd := &cobra.Command{
		Use: "export FILE", Short: "Write the record as JSON lines, under pseudonyms",
		Long: `Write the record as JSON lines, oldest first, to a new FILE, or to stdout when FILE is "-". Names, identities and tokens stand under pseudonyms
that hold for this one export, so that nothing links your identities; --names writes them as they are.`,
		Example: "  holdfastctl journal export audit.jsonl\n  holdfastctl journal export - --names | jq .",
		Args:    exactly(1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			q, err := f.filter()
			if err != nil {
				return nil, err
			}
			if args[0] == "-" && c.flags.json {
				return nil, usagef("the lines and the --json object would mix on stdout: name a file")
			}
			if args[0] != "-" {
				if err := app.Free(args[0]); err != nil {
					return nil, err
				}
			}
			r := journalExported{File: args[0], Pseudonyms: !names}
			err = c.withVault(ctx, func(ctx context.Context, s *app.Session) error {
				write := func(w io.Writer) (err error) {
					r.Lines, err = s.ExportJournal(ctx, w, q, names)
					return err
				}
				if args[0] == "-" {
					return write(c.env.out)
				}
				return app.SaveStream(args[0], write)
			})
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
	filterFlags(cmd, &f)
	cmd.Flags().BoolVar(&names, "names", false, "write names as they are instead of pseudonyms")
	return cmd
}

type journalExported struct {
	File       string `json:"file"`
	Lines      int    `json:"lines"`
	Pseudonyms bool   `json:"pseudonyms"`
}

func (r journalExported) text(p *page) {
	if r.File != "-" {
		p.line("%s written: %s", fmt.Sprintf("%d lines", r.Lines), r.File)
	}
}
