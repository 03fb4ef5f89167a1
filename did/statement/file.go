package statement

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"holdfast/did"
	"holdfast/internal/jcs"
)

// ErrChanged says that a file's content is not what was signed.
var ErrChanged = errors.New("the content of the file is not what was signed")

// ErrRenamed says that a file has the signed content under another name.
var ErrRenamed = errors.New("the file has the signed content, but another name")

// maxSize is the largest size that JSON holds exactly (RFC 8785 section 3.2.2.3): 8 petabytes.
const maxSize = 1<<53 - 1

// File says: this is my file. It holds the hash instead of the content, so that files of any size stream.
type File struct {
	Name   string            // without folders, see CheckName
	Size   int64             // bytes
	SHA512 [sha512.Size]byte // of the whole content
}

var _ Statement = File{}

type filePayload struct {
	Name   string `json:"name"`
	SHA512 string `json:"sha512"` // lower-case hex, as sha512sum prints it
	Size   int64  `json:"size"`
}

// NewFile reads r to its end and returns the statement about it. progress, unless nil, is called with the bytes
// read so far after each part of up to 256 KiB. It stops between two parts when ctx is done; a Read that blocks
// is the reader's to end.
func NewFile(ctx context.Context, r io.Reader, name string, progress func(read int64)) (File, error) {
	if err := CheckName(name); err != nil {
		return File{}, err
	}
	f := File{Name: name}
	var err error
	f.Size, f.SHA512, err = digest(ctx, r, maxSize, progress)
	if err != nil {
		return File{}, fmt.Errorf("read file %+q: %w", name, err)
	}
	return f, nil
}

// VerifyFile compares a file with a verified statement: nil when name and content are what was signed, ErrChanged
// when the content is not, ErrRenamed when only the name differs. With name "" the name is not compared, for
// content that has none. It reads no more than one part beyond the signed size.
func VerifyFile(ctx context.Context, f File, r io.Reader, name string, progress func(read int64)) error {
	size, sum, err := digest(ctx, r, f.Size, progress)
	switch {
	case errors.Is(err, errLonger):
		return ErrChanged
	case err != nil:
		return fmt.Errorf("read file %+q: %w", name, err)
	case size != f.Size || sum != f.SHA512:
		return ErrChanged
	case name != "" && name != f.Name:
		return ErrRenamed
	}
	return nil
}

// CheckName reports whether name can stand in a statement: 1 to 255 bytes of UTF-8 with no folder (a path would
// tell more about the signer's machine than the file does), no control character, and none of the characters
// that reverse the direction of writing, with which "exe.txt" is made of "txt.exe".
func CheckName(name string) error {
	if name == "" || len(name) > 255 || name == "." || name == ".." || !utf8.ValidString(name) {
		return fmt.Errorf("%+q is not a file name of 1 to 255 bytes", clip(name))
	}
	if strings.ContainsAny(name, `/\`) {
		return fmt.Errorf("file name %+q contains a folder", clip(name))
	}
	for _, r := range name {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return fmt.Errorf("file name %+q contains an invisible character", clip(name))
		}
	}
	return nil
}

// Type implements Statement.
func (File) Type() Type { return TypeFile }

// Purpose implements Statement.
func (File) Purpose() did.Relationship { return did.AssertionMethod }

// Payload implements Statement.
func (f File) Payload() ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return jcs.Marshal(filePayload{Name: f.Name, SHA512: hex.EncodeToString(f.SHA512[:]), Size: f.Size})
}

func (f File) check() error {
	if f.Size < 0 || f.Size > maxSize {
		return fmt.Errorf("file size %d is out of range", f.Size)
	}
	return CheckName(f.Name)
}

func (File) sealed() {}

func (p filePayload) file() (Statement, error) {
	f := File{Name: p.Name, Size: p.Size}
	sum, err := hex.DecodeString(p.SHA512)
	if err != nil || len(sum) != sha512.Size || hex.EncodeToString(sum) != p.SHA512 {
		return nil, fmt.Errorf("sha512 %+q is not 128 lower-case hex digits", clip(p.SHA512))
	}
	copy(f.SHA512[:], sum)
	return f, f.check()
}

// errLonger says that a reader holds more than it may.
var errLonger = errors.New("longer than expected")

// digest hashes r to its end, or fails with errLonger once it holds more than most bytes.
func digest(ctx context.Context, r io.Reader, most int64, progress func(int64)) (size int64, sum [sha512.Size]byte, err error) {
	hash := sha512.New()
	part := make([]byte, 256<<10)
	for idle := 0; ; {
		if err := context.Cause(ctx); err != nil {
			return 0, sum, err
		}
		n, err := r.Read(part)
		size += int64(n)
		if size > most {
			return 0, sum, errLonger
		}
		hash.Write(part[:n]) // a hash never fails to write
		if n > 0 && progress != nil {
			progress(size)
		}
		switch {
		case errors.Is(err, io.EOF):
			hash.Sum(sum[:0])
			return size, sum, nil
		case err != nil:
			return 0, sum, err
		case n > 0:
			idle = 0
		default:
			if idle++; idle == 100 {
				return 0, sum, io.ErrNoProgress
			}
		}
	}
}
