package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (c *ctl) sheetCommand() *cobra.Command {
	var replace, print bool
	cmd := &cobra.Command{
		Use: "sheet [FILE]", Short: "Make the recovery sheet: a page with 24 empty boxes for the words",
		Long: `Write the recovery sheet of the vault to FILE as a PDF, or print it with --print: 24 numbered empty boxes for the words, which are written by
hand, the vault's name and id, the four owner words that tell it from any other, and how it is used. No secret is in it, and no token is needed.`,
		Example: "  holdfastctl sheet ~/recovery-sheet.pdf\n  holdfastctl sheet --print",
		Args:    cobra.MaximumNArgs(1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			if print == (len(args) == 1) {
				return nil, usagef("name a FILE, or say --print")
			}
			place, err := c.app.Find(c.flags.vault)
			if err != nil {
				return nil, err
			}
			made := sheetMade{Printed: print}
			if print {
				err = c.app.PrintSheet(ctx, place)
			} else if made.Path, err = absolute(args[0]); err == nil {
				err = c.app.SaveSheet(place, made.Path, replace)
			}
			if err != nil {
				return nil, err
			}
			return made, nil
		}),
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "replace FILE if it is there")
	cmd.Flags().BoolVar(&print, "print", false, "give the sheet to the printer (lp) instead of a file")
	return cmd
}

type sheetMade struct {
	Path    string `json:"path,omitempty"`
	Printed bool   `json:"printed"`
}

func (r sheetMade) text(p *page) {
	p.line("%s", choose(r.Printed, "The sheet is with the printer.", "Sheet written: "+r.Path))
	p.line("Write the words into it by hand: holdfastctl words")
}
