package store

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"holdfast/internal/secret"
	"holdfast/journal"
)

// TestKilledWhileWriting ends a writing process without warning and wants everything that it had reported committed, and nothing else half there.
func TestKilledWhileWriting(t *testing.T) {
	if path := os.Getenv("HOLDFAST_TEST_WRITER"); path != "" {
		writeUntilKilled(path)
		return
	}
	v := newVault(t)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	var key string
	if err := v.key.Expose(func(p []byte) error { key = hex.EncodeToString(p); return nil }); err != nil { // a test's key, of no use to anybody
		t.Fatal(err)
	}
	reported := 0
	for round := range 5 {
		reported = max(reported, killAfter(t, v.path, key, reported+10+round))
		v.reopen(t)
		v.clean(t)
		held, _, err := v.Setting(t.Context(), "n")
		if n, convErr := strconv.Atoi(held); err != nil || convErr != nil || n < reported {
			t.Errorf("reported %d, held %q (%v)", reported, held, err)
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter runs a writer until it has reported at least n and returns the last number reported.
func killAfter(t *testing.T, path, key string, n int) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledWhileWriting$")
	cmd.Env = append(os.Environ(), "HOLDFAST_TEST_WRITER="+path)
	cmd.Stdin = strings.NewReader(key)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last, lines := 0, bufio.NewScanner(out)
	for lines.Scan() {
		got, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Errorf("the writer says %q", lines.Text())
			break
		}
		if last = got; last >= n {
			break
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		if got, err := strconv.Atoi(lines.Text()); err == nil {
			last = got
		}
	}
	if err := cmd.Wait(); err == nil || last < n {
		t.Errorf("the writer ended by itself at %d", last)
	}
	return last
}

func writeUntilKilled(path string) {
	hexKey, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	raw, err := hex.DecodeString(string(hexKey))
	if err != nil {
		panic(err)
	}
	key, err := secret.Move(raw)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	d, err := Open(ctx, path, key)
	if err != nil {
		panic(err)
	}
	held, _, err := d.Setting(ctx, "n")
	n, convErr := strconv.Atoi("0" + held)
	for err == nil && convErr == nil {
		n++
		err = d.Update(ctx, func(tx *Tx) error {
			e, err := tx.Event(journal.New{Act: journal.ActSetting})
			return errors.Join(err, tx.PutSetting("n", strconv.Itoa(n), e.Number))
		})
		fmt.Println(n) //nolint:forbidigo // the parent reads these lines
	}
	panic(errors.Join(err, convErr))
}
