package durable_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"holdfast/internal/durable"
)

func TestLockTurnsOthersAwayByName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := durable.TryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	var held *durable.HeldError
	if _, err := durable.TryLock(path); !errors.Is(err, durable.ErrLocked) || !errors.As(err, &held) || held.PID != os.Getpid() || held.Program != filepath.Base(os.Args[0]) {
		t.Errorf("the second: %v", err)
	}
	if err := errors.Join(first.Unlock(), first.Unlock(), (*durable.Lock)(nil).Unlock()); err != nil {
		t.Error(err)
	}
	again, err := durable.TryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Unlock(); err != nil {
		t.Error(err)
	}
}

// TestLockOfADeadProcessIsFree holds the lock in a child, sees its number named, ends it without ceremony and takes the lock.
func TestLockOfADeadProcessIsFree(t *testing.T) {
	if path := os.Getenv("HOLDFAST_TEST_LOCK"); path != "" {
		holdForever(path)
		return
	}
	path := filepath.Join(t.TempDir(), "lock")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLockOfADeadProcessIsFree$")
	cmd.Env = append(os.Environ(), "HOLDFAST_TEST_LOCK="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "held\n" {
		t.Fatalf("%q, %v", line, err)
	}
	var held *durable.HeldError
	if _, err := durable.TryLock(path); !errors.As(err, &held) || held.PID != cmd.Process.Pid {
		t.Errorf("while process %d holds it: %v", cmd.Process.Pid, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the child ended by itself")
	}
	if err := in.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	lock, err := durable.TryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Unlock(); err != nil {
		t.Error(err)
	}
}

// holdForever holds the lock until standard input ends.
func holdForever(path string) {
	lock, err := durable.TryLock(path)
	if err != nil {
		panic(err)
	}
	fmt.Println("held") //nolint:forbidigo // the parent waits for this line
	if _, err := bufio.NewReader(os.Stdin).ReadByte(); err == nil {
		panic("input")
	}
	if err := lock.Unlock(); err != nil {
		panic(err)
	}
}
