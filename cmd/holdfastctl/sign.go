package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"holdfast/app"
)

// maxInput is the most that is read of a text or a signature, in bytes.
const maxInput = 1 << 20

func (c *ctl) signCommand() *cobra.Command {
	return group("sign", "Sign a file or a text as one of your identities", c.signFile(), c.signText())
}

func (c *ctl) signFile() *cobra.Command {
	var as, out string
	cmd := &cobra.Command{
		Use: "file FILE", Short: "Sign a file of any size",
		Long: `Sign name, size and SHA-512 of a file. The signature is a JWS in compact form (RFC 7515) of type holdfast-file+jws; it is written to FILE.jws,
or to another new file with -o. No touch is asked.`,
		Example: "  holdfastctl sign file contract.pdf --as public",
		Args:    exactly(1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			if as == "" {
				return nil, usagef("--as is missing: the identity that signs")
			}
			if out == "" {
				out = args[0] + ".jws"
			}
			if err := app.Free(out); err != nil {
				return nil, err
			}
			bar := c.progressOf("reading the file")
			r := signed{As: as, File: out}
			err := c.withVault(ctx, func(ctx context.Context, s *app.Session) (err error) {
				r.Signature, err = s.SignFile(ctx, as, args[0], bar.at)
				return err
			})
			if err == nil {
				err = app.SaveNew(out, []byte(r.Signature+"\n"))
			}
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
	cmd.Flags().StringVar(&as, "as", "", "`IDENTITY` that signs: an id, DID or label")
	cmd.Flags().StringVarP(&out, "output", "o", "", "write the signature to this new `FILE`")
	return cmd
}

func (c *ctl) signText() *cobra.Command {
	var as, out string
	cmd := &cobra.Command{
		Use: "text [TEXT]", Short: "Sign a text",
		Long: `Sign a text, given as an argument or on stdin, of up to 64 KiB. The signature is a JWS in compact form (RFC 7515) of type holdfast-text+jws
that contains the text; it is written to stdout, or to a new file with -o. No touch is asked.`,
		Example: "  holdfastctl sign text \"I was here\" --as public\n  holdfastctl sign text --as public <letter.txt -o letter.jws",
		Args:    between(0, 1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			if as == "" {
				return nil, usagef("--as is missing: the identity that signs")
			}
			if out != "" {
				if err := app.Free(out); err != nil {
					return nil, err
				}
			}
			text, err := c.textOf(args)
			if err != nil {
				return nil, err
			}
			r := signed{As: as, File: out}
			err = c.withVault(ctx, func(ctx context.Context, s *app.Session) (err error) {
				r.Signature, err = s.SignText(ctx, as, text)
				return err
			})
			if err == nil && out != "" {
				err = app.SaveNew(out, []byte(r.Signature+"\n"))
			}
			if err != nil {
				return nil, err
			}
			return r, nil
		}),
	}
	cmd.Flags().StringVar(&as, "as", "", "`IDENTITY` that signs: an id, DID or label")
	cmd.Flags().StringVarP(&out, "output", "o", "", "write the signature to this new `FILE` instead of stdout")
	return cmd
}

// textOf takes the text from the argument or from stdin.
func (c *ctl) textOf(args []string) (string, error) {
	if len(args) == 1 && args[0] != "-" {
		return args[0], nil
	}
	if c.shell != nil {
		return "", usagef("in a shell the text is an argument, and a signed text is in a file: stdin is the shell's own")
	}
	text, err := io.ReadAll(io.LimitReader(c.env.in, maxInput))
	return string(text), err
}

type signed struct {
	As        string `json:"as"`
	Signature string `json:"signature"`
	File      string `json:"file,omitempty"`
}

func (r signed) text(p *page) {
	if r.File != "" {
		p.line("Signature written: %s", r.File)
		return
	}
	p.line("%s", r.Signature)
}

func (c *ctl) verifyCommand() *cobra.Command {
	return group("verify", "Verify what somebody signed; no vault and no token are needed", c.verifyFile(), c.verifyText())
}

func (c *ctl) verifyFile() *cobra.Command {
	var by, signature string
	cmd := &cobra.Command{
		Use: "file FILE", Short: "Verify the signature over a file",
		Long:    "Verify the signature over a file, in FILE.jws or where --signature says, and that the file is what was signed. --by holds it to one signer.",
		Example: "  holdfastctl verify file contract.pdf --by did:key:z6Mk...",
		Args:    exactly(1),
		RunE: c.does(func(ctx context.Context, args []string) (result, error) {
			if signature == "" {
				signature = args[0] + ".jws"
			}
			jws, err := readLimited(signature)
			if err != nil {
				return nil, err
			}
			bar := c.progressOf("reading the file")
			v, err := app.VerifyFile(ctx, jws, args[0], by, bar.at)
			if err != nil {
				return nil, err
			}
			return verified{Valid: true, Signer: v.Signer, Key: v.Key, Name: v.Name, Size: &v.Size, SHA512: v.SHA512, Renamed: v.Renamed}, nil
		}),
	}
	cmd.Flags().StringVar(&by, "by", "", "the `DID` that must have signed")
	cmd.Flags().StringVar(&signature, "signature", "", "`FILE` with the signature")
	return cmd
}

func (c *ctl) verifyText() *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "text [FILE]", Short: "Verify a signed text, and show it",
		Long:    "Verify a signed text in FILE, or on stdin (-), or given itself as the argument, and show it, each line behind a mark; --json gives it as it is. --by holds it to one signer.",
		Example: "  holdfastctl verify text letter.jws --by did:key:z6Mk...",
		Args:    between(0, 1),
		RunE: c.does(func(_ context.Context, args []string) (result, error) {
			jws, err := c.signedOf(args)
			if err != nil {
				return nil, err
			}
			v, err := app.VerifyText(jws, by)
			if err != nil {
				return nil, err
			}
			return verified{Valid: true, Signer: v.Signer, Key: v.Key, Text: v.Text}, nil
		}),
	}
	cmd.Flags().StringVar(&by, "by", "", "the `DID` that must have signed")
	return cmd
}

// signedOf takes a signed text from the file that the argument names, from stdin, or from the argument itself.
func (c *ctl) signedOf(args []string) (string, error) {
	if len(args) == 0 || args[0] == "-" {
		return c.textOf(args)
	}
	if app.LooksSigned(args[0]) {
		return args[0], nil
	}
	return readLimited(args[0])
}

// readLimited reads a small file.
func readLimited(path string) (text string, err error) {
	f, err := os.Open(path) //nolint:gosec // the file that the person named
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return "", &app.NotFileError{Name: path, Is: "a folder"}
	}
	data, err := io.ReadAll(io.LimitReader(f, maxInput+1))
	if err == nil && len(data) > maxInput {
		return "", fmt.Errorf("%w: %q is too long for a signature", app.ErrBadSignature, path)
	}
	return string(data), err
}

type verified struct {
	Valid   bool   `json:"valid"`
	Signer  string `json:"signer"`
	Key     string `json:"key"`
	Name    string `json:"name,omitempty"`
	Size    *int64 `json:"size,omitempty"`
	SHA512  string `json:"sha512,omitempty"`
	Renamed bool   `json:"renamed,omitempty"`
	Text    string `json:"text,omitempty"`
}

func (r verified) text(p *page) {
	p.line("Valid. Signed by %s", r.Signer)
	switch {
	case r.Size == nil && r.Text == "":
		p.line("What was signed is an empty text.")
	case r.Size == nil:
		p.line("This is what was signed:")
		p.quoted(r.Text)
	case r.Renamed:
		p.line("The content is what was signed; the signer called it %q.", r.Name)
	default:
		p.line("The file is what was signed: %q.", r.Name)
	}
}
