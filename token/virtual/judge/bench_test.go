// Package judge lets programs that we did not write judge the emulated key: by
// the values they print, not by their exit codes alone. A program that is not
// installed fails the test.
package judge

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/internal/built"
	"holdfast/token/virtual/pcscd"
	"holdfast/token/virtual/vpcd"
)

var tracesTo = flag.String("record-apdus", "", "folder for the traffic of the smart-card clients")

// programs is the folder for virtualkey, which all tests share.
var programs string

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	var err error
	if programs, err = os.MkdirTemp("", "judge"); err != nil {
		panic(err)
	}
	defer func() {
		if err := os.RemoveAll(programs); err != nil {
			panic(err)
		}
	}()
	return m.Run()
}

// virtualkeyVariable hands virtualkey to a process of this one's.
const virtualkeyVariable = "HOLDFAST_TEST_VIRTUALKEY"

// virtualkey is the program of the emulated keys. Tests ask for it one by one: only what a test looks at makes the go command forget its result when
// make builds another.
var virtualkey = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(virtualkeyVariable); path != "" {
		return path, nil
	}
	paths, err := built.Programs(programs, built.Virtualkey)
	if err != nil {
		return "", err
	}
	return paths[0], nil
})

// newBench starts a bench whose keys touch themselves, and ends it with the test.
func newBench(t *testing.T, o pcscd.Options) *pcscd.Bench {
	t.Helper()
	dir, err := os.MkdirTemp("", "b") //nolint:usetesting // its path is too long for the sockets made in it
	if err != nil {
		t.Fatal(err)
	}
	o.Dir, o.Touched = dir, true
	if o.Program, err = virtualkey(); err != nil {
		t.Fatal(err)
	}
	b, err := pcscd.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("end of the bench: %v", err)
		}
		keepTrace(t, b)
		if t.Failed() {
			t.Logf("the bench's files are in %s", dir)
			return
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return b
}

// keepTrace writes the traffic of a test's first key to the folder of the flag
// -record-apdus, each exchange once.
func keepTrace(t *testing.T, b *pcscd.Bench) {
	t.Helper()
	if *tracesTo == "" {
		return
	}
	f, err := os.Open(b.Trace("key1"))
	if err != nil {
		t.Fatal(err)
	}
	exchanges, err := vpcd.ReadTrace(f)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	seen := map[string]bool{}
	for _, x := range exchanges {
		if seen[string(x.Command)] {
			continue
		}
		seen[string(x.Command)] = true
		if err := vpcd.WriteTrace(&out, x.Command, x.Response); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(*tracesTo, t.Name()+".trace"), out.Bytes())
}

// tool is one program on one bench.
type tool struct {
	t     *testing.T
	bench *pcscd.Bench
	path  string
	dir   string // where it runs, for its files
	first []string
}

// newTool finds a program; first are the arguments that it always gets.
func newTool(t *testing.T, b *pcscd.Bench, name, debian string, first ...string) tool {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("the client %s is not installed (Debian: apt-get install %s): %v", name, debian, err)
	}
	return tool{t: t, bench: b, path: path, dir: t.TempDir(), first: first}
}

// patience is how long one run of a client may take.
const patience = 30 * time.Second

// run runs the client and returns what it said on both streams.
func (c tool) run(args ...string) (string, error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.path, append(append([]string{}, c.first...), args...)...)
	cmd.Env = append(os.Environ(), c.bench.Env()...)
	cmd.Dir = c.dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return out.String(), err
}

// does runs the client, which must succeed and say all of want.
func (c tool) does(args []string, want ...string) string {
	c.t.Helper()
	out, err := c.run(args...)
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s", filepath.Base(c.path), strings.Join(args, " "), err, out)
	}
	c.says(args, out, want)
	return out
}

// fails runs the client, which must fail and say all of want.
func (c tool) fails(args []string, want ...string) {
	c.t.Helper()
	out, err := c.run(args...)
	if err == nil {
		c.t.Fatalf("%s %s: succeeded\n%s", filepath.Base(c.path), strings.Join(args, " "), out)
	}
	c.says(args, out, want)
}

func (c tool) says(args []string, out string, want []string) {
	c.t.Helper()
	for _, w := range want {
		if !strings.Contains(out, w) {
			c.t.Fatalf("%s %s does not say %q:\n%s", filepath.Base(c.path), strings.Join(args, " "), w, out)
		}
	}
}

// file is a file in the client's folder.
func (c tool) file(name string) string { return filepath.Join(c.dir, name) }

// readPEM reads a file that is one PEM block, or bare DER.
func readPEM(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(data); block != nil {
		return block.Bytes
	}
	return data
}

func readCertificate(t *testing.T, path string) *x509.Certificate {
	t.Helper()
	cert, err := x509.ParseCertificate(readPEM(t, path))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return cert
}

// write makes a file for a client.
func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
