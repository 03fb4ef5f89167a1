package keystore

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"holdfast/internal/durable"
	"holdfast/internal/jcs"
	"holdfast/internal/secret"
	"holdfast/journal"
	"holdfast/keystore/store"
)

// BackupFormat names the format of a backup file.
const BackupFormat = "holdfast-backup/draft-0"

// backupMagic begins every backup file.
const backupMagic = "holdfast backup\n"

// backupHeader is what a backup shows before it is opened: nothing but the envelope and when it was made. The keys of the payload
// come from the vault key and the salt, so that opening the payload authenticates the header; the envelope inside brings the vault
// key, sealed to every keyslot's vault-tier key and to the backup key.
type backupHeader struct {
	Format   string   `json:"format"`
	Created  string   `json:"created"` // RFC 3339, UTC
	Salt     blob     `json:"salt"`    // 32 random bytes
	Envelope envelope `json:"envelope"`
}

// BackupHeader is what can be said of a backup without opening it.
type BackupHeader struct {
	Vault      string
	OwnerWords [4]string
	Created    time.Time
	Generation uint64
	Keyslots   int
	Size       int64
}

// BackupInfo says what a backup holds.
type BackupInfo struct {
	Path       string
	Size       int64
	Identities int
	Head       uint64 // the journal's newest event inside
	Time       time.Time
	SameDevice bool // on the file system that holds the vault: it does not survive the loss of this disk
}

// Backup writes one file that brings the vault back with the words or with any enrolled token: the database, encrypted twice over,
// sealed to public keys alone. No token is needed. An existing file at path is replaced only when the new one is complete.
// A backup counts as being off this machine when it lies on another file system than the vault or when the owner says so (elsewhere).
func (v *Vault) Backup(ctx context.Context, path string, elsewhere bool, progress func(done, total int64)) (BackupInfo, error) {
	if err := v.sound(ctx, nil); err != nil {
		return BackupInfo{}, err
	}
	return during(ctx, v, changes, func(ctx context.Context) (BackupInfo, error) { return v.backup(ctx, path, elsewhere, progress) })
}

func (v *Vault) backup(ctx context.Context, path string, elsewhere bool, progress func(done, total int64)) (BackupInfo, error) {
	info := BackupInfo{Path: path, Time: now()}
	var err error
	if info.SameDevice, err = SameDisk(v.place, path); err != nil {
		return info, err
	}
	info.SameDevice = info.SameDevice && !elsewhere
	head, err := v.db.Head(ctx)
	if err != nil {
		return info, err
	}
	info.Head = head.Number
	if info.Identities, err = v.db.Count(ctx); err != nil {
		return info, err
	}
	if info.Size, err = v.writeBackup(ctx, path, info.Time, progress); err != nil {
		return info, err
	}
	return info, v.act(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		e, err := tx.Event(journal.New{
			Act: journal.ActBackup, Phase: journal.Outcome, Subject: v.ID(), Result: journal.OK,
			Facts: map[string]string{"to": path, "same_device": fmt.Sprint(info.SameDevice), "owner_says_elsewhere": fmt.Sprint(elsewhere)},
		})
		if err != nil {
			return err
		}
		return tx.PutBackup(store.Backup{Path: path, Time: info.Time, Head: info.Head, SameDevice: info.SameDevice, Size: info.Size}, e.Number)
	})
}

// writeBackup makes the snapshot, streams it into the file and puts the file in its place.
func (v *Vault) writeBackup(ctx context.Context, path string, now time.Time, progress func(done, total int64)) (size int64, err error) {
	h := backupHeader{Format: BackupFormat, Created: now.Format(time.RFC3339), Salt: mustRandom(32), Envelope: *v.env}
	header, err := jcs.Marshal(h)
	if err != nil {
		return 0, err
	}
	snapshot := filepath.Join(v.place.Dir, snapshotFile)
	if err := removeIfThere(v.fs, snapshot); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, removeIfThere(v.fs, snapshot)) }()
	if err := v.snapshot(ctx, snapshot, h.Salt); err != nil {
		return 0, err
	}
	in, err := os.Open(snapshot) //nolint:gosec // the vault folder's own file
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if err := cleanTemp(v.fs, path); err != nil {
		return 0, err
	}
	w, err := durable.Create(v.fs, path, 0o600)
	if err != nil {
		return 0, err
	}
	if size, err = v.fillBackup(ctx, w, in, header, h.Salt, progress); err != nil {
		return 0, errors.Join(err, w.Abort())
	}
	return size, w.Commit()
}

// snapshotFile is the database on its way into a backup; restoreFile is one on its way out of it.
const (
	snapshotFile = "vault-backup.tmp"
	restoreFile  = "vault-restore.tmp"
)

// snapshot copies the database to a file under the backup's own key.
func (v *Vault) snapshot(ctx context.Context, path string, salt []byte) error {
	key, err := expand(v.vaultKey, salt, labelBackupDB)
	if err != nil {
		return err
	}
	defer key.Destroy()
	return v.db.SnapshotTo(ctx, path, key, nil)
}

// fillBackup writes magic, header and payload.
func (v *Vault) fillBackup(ctx context.Context, w io.Writer, in *os.File, header, salt []byte, progress func(done, total int64)) (int64, error) {
	st, err := in.Stat()
	if err != nil {
		return 0, err
	}
	key, err := expand(v.vaultKey, salt, labelBackupFile)
	if err != nil {
		return 0, err
	}
	defer key.Destroy()
	front := binary.BigEndian.AppendUint32([]byte(backupMagic), uint32(len(header))) //nolint:gosec // a header is below 1 MiB
	front = append(front, header...)
	c := &counter{w: w}
	if _, err := c.Write(front); err != nil {
		return 0, err
	}
	s, err := newStream(key, hash(header))
	if err != nil {
		return 0, err
	}
	_, err = s.encrypt(c, in, func(done int64) error {
		if progress != nil {
			progress(done, st.Size())
		}
		return ctx.Err()
	})
	return c.n, err
}

// counter counts what passes through it.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// backupFile is a backup that has been opened for reading: its header checked, its payload not yet.
type backupFile struct {
	f      *os.File
	r      *bufio.Reader
	size   int64
	header []byte
	backupHeader
}

func (b *backupFile) Close() error { return b.f.Close() }

// openBackupFile reads a backup's header strictly.
func openBackupFile(path string) (*backupFile, error) {
	f, err := durable.OpenFile(path)
	if errors.Is(err, durable.ErrNotPlain) {
		return nil, ErrNotBackup
	}
	if err != nil {
		return nil, err
	}
	b := &backupFile{f: f, r: bufio.NewReaderSize(f, 1<<16)}
	if err := b.readHeader(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return b, nil
}

func (b *backupFile) readHeader() error {
	st, err := b.f.Stat()
	if err != nil {
		return err
	}
	b.size = st.Size()
	front := make([]byte, len(backupMagic)+4)
	if _, err := io.ReadFull(b.r, front); err != nil || string(front[:len(backupMagic)]) != backupMagic {
		return ErrNotBackup
	}
	n := binary.BigEndian.Uint32(front[len(backupMagic):])
	if n > maxEnvelope+4096 {
		return damaged("backup", "header of %d bytes", n)
	}
	b.header = make([]byte, n)
	if _, err := io.ReadFull(b.r, b.header); err != nil {
		return damaged("backup", "it ends inside the header: %w", err)
	}
	return b.parse()
}

func (b *backupFile) parse() error {
	var peek struct {
		Format   string `json:"format"`
		Envelope any    `json:"envelope"`
		Created  string `json:"created"`
		Salt     string `json:"salt"`
	}
	if err := jcs.Unmarshal(b.header, &peek, maxEnvelope+4096); err != nil {
		return &DamagedError{What: "backup", Why: err}
	}
	if peek.Format != BackupFormat {
		return formatError("backup", peek.Format)
	}
	if err := jcs.Unmarshal(b.header, &b.backupHeader, maxEnvelope+4096); err != nil {
		return &DamagedError{What: "backup", Why: err}
	}
	again, err := jcs.Marshal(&b.backupHeader)
	if err != nil || !bytes.Equal(again, b.header) {
		return damaged("backup", "its header does not read back as it was written: %w", err)
	}
	if len(b.Salt) != 32 {
		return damaged("backup", "salt of %d bytes", len(b.Salt))
	}
	inner, err := jcs.Marshal(&b.Envelope)
	if err != nil {
		return err
	}
	_, err = parseEnvelope(inner)
	return err
}

// InspectBackup says what a file claims to be a backup of: its envelope's signature is checked, its payload is not opened.
func InspectBackup(path string) (h BackupHeader, err error) {
	b, err := openBackupFile(path)
	if err != nil {
		return BackupHeader{}, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	created, err := time.Parse(time.RFC3339, b.Created)
	if err != nil {
		return BackupHeader{}, damaged("backup", "time %q", b.Created)
	}
	c := &b.Envelope.Core
	return BackupHeader{Vault: c.vaultHex(), OwnerWords: ownerWords(c.Owner), Created: created, Generation: c.Generation.Number, Keyslots: len(c.Keyslots), Size: b.size}, nil
}

// unpack writes the backup's database to a file, under the backup's own database key.
func (b *backupFile) unpack(ctx context.Context, fsys durable.FS, path string, vaultKey *secret.Bytes, steps func(Step)) error {
	key, err := expand(vaultKey, b.Salt, labelBackupFile)
	if err != nil {
		return err
	}
	defer key.Destroy()
	s, err := newStream(key, hash(b.header))
	if err != nil {
		return err
	}
	w, err := durable.CreateNew(fsys, path, 0o600)
	if err != nil {
		return err
	}
	_, err = s.decrypt(w, b.r, func(done int64) error {
		if steps != nil {
			steps(Step{ID: "step-unpack", Done: int(done >> 10), Total: int(b.size >> 10)})
		}
		return ctx.Err()
	})
	if err != nil {
		err = errors.Join(err, w.Abort())
		if ctx.Err() != nil {
			return err
		}
		return &DamagedError{What: "backup", Why: err}
	}
	return w.Commit()
}

// SameDisk reports whether a file at path would lie on the file system that holds the vault, so that a backup there would not survive its loss. The
// folder of path must exist.
func SameDisk(place Place, path string) (bool, error) {
	return sameDevice(place.Dir, filepath.Dir(path))
}
