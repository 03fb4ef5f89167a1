package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"holdfast/did"
	"holdfast/did/peer"
	"holdfast/did/statement"
	"holdfast/keystore"
)

// SignText signs a text as an identity; no touch. The result is a JWS in compact form (RFC 7515).
func (s *Session) SignText(ctx context.Context, ref, text string) (jws string, err error) {
	t, err := statement.NewText(text)
	if err != nil {
		return "", &ContentError{Why: err}
	}
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) (string, error) { return v.Sign(ctx, ref, t) })
}

// SignFile signs name, size and SHA-512 of a file of any size as an identity; no touch.
func (s *Session) SignFile(ctx context.Context, ref, path string, progress func(done, total int64)) (jws string, err error) {
	if _, err := s.Identity(ctx, ref); err != nil { // before a long read
		return "", err
	}
	f, err := describe(ctx, path, progress)
	if err != nil {
		return "", err
	}
	return value(ctx, s, func(ctx context.Context, v *keystore.Vault) (string, error) { return v.Sign(ctx, ref, f) })
}

// ContentError says that a text or file name cannot be signed.
type ContentError struct{ Why error }

// Error implements error.
func (e *ContentError) Error() string { return e.Why.Error() }

// Unwrap gives the reason.
func (e *ContentError) Unwrap() error { return e.Why }

// NotFileError says that a name is not that of a file with a content of its own.
type NotFileError struct{ Name, Is string }

// Error implements error.
func (e *NotFileError) Error() string { return fmt.Sprintf("%q is no file but %s", e.Name, e.Is) }

func describe(ctx context.Context, path string, progress func(done, total int64)) (f statement.File, err error) {
	if err := statement.CheckName(filepath.Base(path)); err != nil {
		return f, &ContentError{Why: err}
	}
	err = reading(path, func(in *os.File, total int64) error {
		f, err = statement.NewFile(ctx, in, filepath.Base(path), func(done int64) { tell(progress, done, total) })
		return err
	})
	return f, err
}

// reading lends a file for reading, with its size.
func reading(path string, fn func(in *os.File, total int64) error) (err error) {
	if err := regular(os.Stat(path)); err != nil { // before it is opened: a pipe would wait for its writer
		return err
	}
	in, err := os.Open(path) //nolint:gosec // the file that the person named
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	info, err := in.Stat()
	if err := regular(info, err); err != nil {
		return err
	}
	return fn(in, info.Size())
}

// regular refuses what has no end or no content of its own: folders, devices, pipes.
func regular(info os.FileInfo, err error) error {
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return &NotFileError{info.Name(), "a folder"}
	case !info.Mode().IsRegular():
		return &NotFileError{info.Name(), "a device or a pipe"}
	}
	return nil
}

func tell(progress func(done, total int64), done, total int64) {
	if progress != nil {
		progress(done, total)
	}
}

// mostSignature is the most that is read of a signature or a signed text, in bytes: several times what the longest takes.
const mostSignature = 1 << 20

// ReadSignature reads a signature, or a signed text, from a file.
func ReadSignature(path string) (jws string, err error) {
	err = reading(path, func(in *os.File, _ int64) error {
		data, err := io.ReadAll(io.LimitReader(in, mostSignature+1))
		if err == nil && len(data) > mostSignature {
			err = fmt.Errorf("%w: %q is too long for a signature", ErrNotSigned, path)
		}
		jws = string(data)
		return err
	})
	return jws, err
}

// Verified is a signature that holds.
type Verified struct {
	Signer string // DID; of a did:peer:4 its short form
	Key    string // DID URL of the key, which carries the long form
	Name   string // of a file, as signed
	Size   int64  // of a file
	SHA512 string // of a file, lower-case hex
	Text   string // of a text
	// Renamed says that the file has the signed content under another name.
	Renamed bool
}

// VerifyText checks a signed text, from anybody; by names the signer expected, by either form of its DID, or is empty. No vault is needed.
func VerifyText(jws, by string) (Verified, error) {
	signed, v, err := verify(jws, by, statement.TypeText)
	if err != nil {
		return v, err
	}
	if t, ok := signed.Statement.(statement.Text); ok {
		v.Text = t.Text
	}
	return v, nil
}

// VerifyFile checks a signature over a file and the file itself. No vault is needed.
func VerifyFile(ctx context.Context, jws, path, by string, progress func(done, total int64)) (Verified, error) {
	signed, v, err := verify(jws, by, statement.TypeFile)
	if err != nil {
		return v, err
	}
	f, ok := signed.Statement.(statement.File)
	if !ok {
		return v, ErrBadSignature
	}
	v.Name, v.Size, v.SHA512 = f.Name, f.Size, fmt.Sprintf("%x", f.SHA512)
	err = reading(path, func(in *os.File, total int64) error {
		return statement.VerifyFile(ctx, f, in, filepath.Base(path), func(done int64) { tell(progress, done, total) })
	})
	if errors.Is(err, statement.ErrRenamed) {
		v.Renamed = true
		return v, nil
	}
	return v, err
}

// LooksSigned reports whether text has the form of a JWS in compact serialization (RFC 7515 section 7.1): three parts in the alphabet of base64url,
// none of them empty. It says nothing about what they hold.
func LooksSigned(text string) bool {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	parts := strings.Split(strings.TrimSpace(text), ".")
	return len(parts) == 3 && !slices.ContainsFunc(parts, func(p string) bool { return p == "" || strings.Trim(p, alphabet) != "" })
}

func verify(jws, by string, want statement.Type) (statement.Signed, Verified, error) {
	jws = strings.TrimSpace(jws)
	if !LooksSigned(jws) {
		return statement.Signed{}, Verified{}, ErrNotSigned
	}
	signed, err := statement.Verify(jws, statement.ResolveOffline, want)
	switch {
	case errors.Is(err, statement.ErrSignature):
		return signed, Verified{}, fmt.Errorf("%w: %w", ErrBadSignature, err)
	case err != nil:
		return signed, Verified{}, &UnreadableError{Why: err}
	}
	v := Verified{Signer: signed.Header.KeyID.DID.String(), Key: signed.Header.KeyID.String()}
	if short, err := peer.Short(signed.Header.KeyID.DID); err == nil {
		v.Signer = short.String()
	}
	if by != "" && !sameDID(signed.Header.KeyID.DID, by) {
		return signed, v, ErrOtherSigner
	}
	return signed, v, nil
}

// sameDID compares a signer with a DID in either form.
func sameDID(signer did.DID, by string) bool {
	if signer.String() == by {
		return true
	}
	short, err := peer.Short(signer)
	return err == nil && short.String() == by
}
