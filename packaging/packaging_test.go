// Package packaging is what lies in the packages besides the programs, and the test of the packages.
package packaging

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/internal/built"
	"holdfast/internal/inmemory"
)

const root = ".."

// TestMain has the packages, of which each holds the programs anew, made in memory.
func TestMain(m *testing.M) {
	if err := inmemory.TempDir(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// programs is a folder with what is packed.
func programs(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	if _, err := built.Programs(bin, built.Wallet, built.Holdfastctl); err != nil {
		t.Fatal(err)
	}
	return bin
}

// read reads a file of the tree. What the script packs is read here, too, so that the go command knows that this test's
// result depends on it.
func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// pack packs the programs under a umask, and gives the packages' paths by their endings. They are pressed as little as
// can be: that takes most of the script's time, and is another program's work.
func pack(t *testing.T, bin, umask string) map[string]string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "dist")
	script := "umask " + umask + `; exec scripts/package.sh "$0" "$1" 0`
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script, bin, out)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("umask %s: %v\n%s", umask, err, said)
	}
	packages := map[string]string{}
	for _, ending := range []string{".tar.gz", ".deb"} {
		found, err := filepath.Glob(filepath.Join(out, "*"+ending))
		if err != nil || len(found) > 1 || len(found) == 0 && ending == ".tar.gz" {
			t.Fatalf("umask %s: %q, %v", umask, found, err)
		}
		for _, path := range found {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o644 {
				t.Errorf("umask %s: %s has mode %v", umask, path, info.Mode())
			}
			packages[ending] = path
		}
	}
	return packages
}

// TestPackages packs twice, as people with different settings do.
func TestPackages(t *testing.T) {
	for _, path := range []string{
		"scripts/package.sh", "packaging/control", "packaging/lintian-overrides", "packaging/holdfast.1",
		"assets/holdfast.svg", "FyneApp.toml", "README.md", "CHANGELOG.md", "SECURITY.md",
		"docs/design.md", "docs/vault-format.md", "docs/threat-model.md", "docs/devices.md",
	} {
		read(t, path)
	}
	bin := programs(t)
	usual, private := pack(t, bin, "022"), pack(t, bin, "077")
	for ending, path := range usual {
		if said, err := exec.CommandContext(t.Context(), "cmp", path, private[ending]).CombinedOutput(); err != nil {
			t.Errorf("%s: other bytes under umask 022 than under 077: %v\n%s", ending, err, said)
		}
	}
	archive := unzipped(t, private[".tar.gz"])
	holds(t, archive, "LICENSE", read(t, "LICENSE"))
	holds(t, archive, "THIRD_PARTY_NOTICES", read(t, "THIRD_PARTY_NOTICES"))
	holds(t, archive, "share/applications/holdfast.desktop", read(t, "packaging/holdfast.desktop"))
	if private[".deb"] == "" {
		if _, err := exec.LookPath("dpkg-shlibdeps"); err == nil {
			t.Error("no .deb was made")
		}
		return
	}
	debian(t, private[".deb"])
}

// unzipped reads a .tar.gz.
func unzipped(t *testing.T, path string) map[string][]byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // it was only read
	in, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	return untar(t, in)
}

// unpacked reads what a .deb installs.
func unpacked(t *testing.T, path string) map[string][]byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "dpkg-deb", "--fsys-tarfile", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	files := untar(t, out)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("dpkg-deb: %v", err)
	}
	return files
}

// debian looks into the .deb with Debian's own tools.
func debian(t *testing.T, path string) {
	tree := unpacked(t, path)
	const doc = "usr/share/doc/holdfast/"
	holds(t, tree, doc+"copyright", read(t, "packaging/copyright"))
	holds(t, tree, doc+"THIRD_PARTY_NOTICES", read(t, "THIRD_PARTY_NOTICES"))
	if log := gunzip(t, tree[doc+"changelog.gz"]); !bytes.HasPrefix(log, []byte("holdfast (")) ||
		!bytes.Contains(log, []byte("14 Nov 2023")) {
		t.Errorf("the changelog says %s", log)
	}
	fields, err := exec.CommandContext(t.Context(), "dpkg-deb", "-f", path).Output()
	if err != nil {
		t.Fatalf("dpkg-deb: %v", err)
	}
	control := string(fields)
	for _, needed := range []string{"libc6 (>=", "libpcsclite1 (>=", "libfido2-1 (>=", "libgl1", "pcscd"} {
		if !strings.Contains(control, needed) {
			t.Errorf("it does not depend on %s:\n%s", needed, control)
		}
	}
	if strings.Contains(control, "@") && strings.Count(control, "@") != 1 { // the maintainers' address
		t.Errorf("a place was not filled in:\n%s", control)
	}
	named := read(t, "THIRD_PARTY_NOTICES")
	for _, program := range []string{"holdfast", "holdfastctl"} {
		file, err := elf.NewFile(bytes.NewReader(tree["usr/bin/"+program]))
		if err != nil {
			t.Fatal(err)
		}
		libraries, err := file.ImportedLibraries()
		if err != nil || len(libraries) == 0 {
			t.Fatalf("%s asks for %q, %v", program, libraries, err)
		}
		for _, l := range libraries {
			if !bytes.Contains(named, []byte("\n  "+l+" ")) {
				t.Errorf("%s asks for %s, which THIRD_PARTY_NOTICES does not name", program, l)
			}
		}
	}
}

// untar reads the files of an archive, which belong to root and may be read by everybody. Names are those below the one
// folder that has all, or "./".
func untar(t *testing.T, from io.Reader) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for in := tar.NewReader(from); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		want := int64(0o644)
		if h.Typeflag == tar.TypeDir || strings.Contains(h.Name, "/bin/") {
			want = 0o755
		}
		if h.Mode != want || h.Uid != 0 || h.Gid != 0 {
			t.Errorf("%s: mode %o of %d:%d, want %o of root", h.Name, h.Mode, h.Uid, h.Gid, want)
		}
		content := make([]byte, h.Size)
		if _, err := io.ReadFull(in, content); err != nil {
			t.Fatal(err)
		}
		_, name, _ := strings.Cut(h.Name, "/")
		files[name] = content
	}
	if _, err := io.Copy(io.Discard, from); err != nil { // gzip's sum comes after the archive
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d files are in it", len(files))
	}
	return files
}

func gunzip(t *testing.T, data []byte) []byte {
	t.Helper()
	in, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func holds(t *testing.T, files map[string][]byte, name string, want []byte) {
	t.Helper()
	if !bytes.Equal(files[name], want) {
		t.Errorf("%s: %d bytes, want the %d of the tree", name, len(files[name]), len(want))
	}
}
