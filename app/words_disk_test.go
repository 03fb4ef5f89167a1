package app

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

func TestWordsOfADiskThatTakesNothing(t *testing.T) {
	for number, code := range map[syscall.Errno]string{syscall.EROFS: "disk-read-only", syscall.ENODEV: "disk-gone", syscall.ENXIO: "disk-gone", syscall.EIO: "disk-error", syscall.ENOSPC: "disk-full"} {
		err := fmt.Errorf("backup: %w", &fs.PathError{Op: "open", Path: "/media/s/x", Err: number})
		x := Explain(err)
		if x.Code != code || x.Safe == "" || x.Now == "" || code != "disk-error" && !strings.Contains(x.What, "/media/s/x") {
			t.Errorf("%v: %+v", number, x)
		}
	}
}
