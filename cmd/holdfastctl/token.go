package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/app"
)

func (c *ctl) tokenCommand() *cobra.Command {
	return group("token", "See which tokens are plugged in, and what they tell without a PIN", c.tokenList(), c.tokenInfo())
}

func (c *ctl) tokenList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the sides of the tokens that are plugged in",
		Long:    "List the sides of the tokens that are plugged in. The ID, the serial number or the kind is what --token takes. No PIN is asked, and nothing on a token is changed.",
		Example: "  holdfastctl token list\n  holdfastctl token list --fido-device /dev/hidraw3",
		Args:    exactly(0),
		RunE: c.does(func(ctx context.Context, _ []string) (result, error) {
			list, err := c.app.Tokens(ctx)
			if err != nil && len(list) == 0 {
				return nil, err
			}
			r := tokenList{Tokens: []app.Token{}}
			r.Tokens = append(r.Tokens, list...)
			if err != nil {
				x := app.Explain(err)
				r.Trouble = &trouble{x.Code, x.What, x.Safe, x.Now}
			}
			return r, nil
		}),
	}
}

type tokenList struct {
	Tokens  []app.Token `json:"tokens"`
	Trouble *trouble    `json:"trouble,omitempty"` // why some tokens may be missing
}

type trouble struct {
	Code string `json:"code"`
	What string `json:"what"`
	Safe string `json:"safe"`
	Now  string `json:"now"`
}

func (r tokenList) text(p *page) {
	if len(r.Tokens) == 0 {
		p.line("No token is plugged in.")
	} else {
		rows := [][]string{{"ID", "NAME", "SIDE", "FIRMWARE", ""}}
		for _, t := range r.Tokens {
			rows = append(rows, []string{t.ID, t.Name, sideOf(string(t.Kind)), t.Firmware, choose(t.Unverified, "unverified key", "")})
		}
		p.columns(rows...)
	}
	if r.Trouble != nil {
		p.line("Some tokens may be missing: %s %s", r.Trouble.What, r.Trouble.Now)
	}
}

func (c *ctl) tokenInfo() *cobra.Command {
	return &cobra.Command{
		Use: "info [TOKEN]", Short: "Show what a token tells without a PIN",
		Long:    "Show what one side of a token tells without a PIN: tries left, factory settings, free slots, firmware and its published weaknesses. Tries are read, never spent.",
		Example: "  holdfastctl token info piv\n  holdfastctl token info 12345678/fido2",
		Args:    between(0, 1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			ref := c.flags.token
			if len(args) == 1 {
				ref = args[0]
			}
			f, err := c.app.TokenFacts(ctx, ref)
			if err != nil {
				return nil, err
			}
			return tokenFacts{f}, nil
		}),
	}
}

type tokenFacts struct{ app.TokenFacts }

func (r tokenFacts) text(p *page) {
	t := r.Token
	p.line("Token      %s (%s)%s", t.Name, sideOf(string(t.Kind)), choose(t.Unverified, ", unverified key", ""))
	p.line("ID         %s", t.ID)
	p.line("Firmware   %s", choose(t.Firmware == "", "not told", t.Firmware))
	p.line("PIN        %s, %s", said(string(r.PINSet), "set", "not set"), tries(r.PINTries))
	if f := r.PIV; f != nil {
		p.line("Factory    PIN %s, PUK %s, management key %s", said(string(f.FactoryPIN), "yes", "no"), said(string(f.FactoryPUK), "yes", "no"), said(string(f.FactoryManagement), "yes", "no"))
		p.line("Slots      %d of 20 retired slots free; in use: %s", f.FreeRetired, slotList(f.SlotsInUse))
	}
	if f := r.FIDO2; f != nil {
		p.line("Model      %s", hex.EncodeToString(f.AAGUID))
		p.line("Versions   %s", strings.Join(f.Versions, ", "))
		p.line("Extensions %s", strings.Join(f.Extensions, ", "))
		if lacks, ok := f.Suits(); !ok {
			p.line("Cannot hold a keyslot: it lacks %s.", lacks)
		}
		if f.NeedsReplug {
			p.line("Three wrong PINs in a row: unplug it and plug it in again.")
		}
	}
	for _, w := range r.Weaknesses {
		p.line("Weakness   %s (%s), fixed in %s: %s", w.Name, w.Reference, w.FixedIn, w.Concerns)
	}
}

func said(answer, yes, no string) string {
	switch answer {
	case "yes":
		return yes
	case "no":
		return no
	default:
		return "not told"
	}
}

func tries(n int) string {
	if n < 0 {
		return "tries left not told"
	}
	return fmt.Sprintf("%d tries left", n)
}

func slotList(slots []byte) string {
	if len(slots) == 0 {
		return "none"
	}
	var list []string
	for _, s := range slots {
		list = append(list, fmt.Sprintf("%02x", s))
	}
	return strings.Join(list, " ")
}
