package journey

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/internal/child"
)

// running starts a shell as Run starts a program, without a screen.
func running(t *testing.T, script string) *Running {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(t.TempDir(), "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", script)
	cmd.Stdout, cmd.Stderr = log, log
	c, err := child.Start("sh", cmd)
	if err != nil {
		t.Fatal(err)
	}
	return &Running{time.Now(), c, log}
}

// TestProcessorTimeOfAProgram holds that a program that has just been started, and has used nothing that the system has counted, can be measured.
func TestProcessorTimeOfAProgram(t *testing.T) {
	for range 20 {
		r := running(t, "exec sleep 60")
		if _, err := r.CPU(); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r := running(t, "while :; do :; done")
	busy(t, r)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestAProgramThatEndsByItselfIsTold holds that it is measured as no program at rest.
func TestAProgramThatEndsByItselfIsTold(t *testing.T) {
	r := running(t, "echo why it ended; exit 3")
	if !r.process.Wait(time.Minute) {
		t.Fatal("it goes on")
	}
	if _, err := r.CPU(); err == nil || !strings.Contains(err.Error(), "why it ended") || !strings.Contains(err.Error(), "exit status 3") {
		t.Error(err)
	}
	if err := r.Close(); err == nil || !strings.Contains(err.Error(), "by itself") {
		t.Error(err)
	}
}
