package judge

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"holdfast/token/virtual/pcscd"
)

// TestNoDeviceIsLeftOfAKey ends keys in each way: the pseudo-terminal of one that has ended is given to the next, which the device that is left would
// show a second time.
func TestNoDeviceIsLeftOfAKey(t *testing.T) {
	t.Parallel()
	b := newBench(t, pcscd.Options{Keys: 2, Readers: 2})
	for _, c := range []struct{ way, key string }{{"kill", "key1"}, {"lose", "key2"}, {"stop", "key3"}} {
		if c.key == "key3" {
			if err := b.StartKey(t.Context(), pcscd.KeyOptions{Name: c.key}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := os.Lstat(b.HID(c.key)); err != nil {
			t.Fatalf("%s has no device: %v", c.key, err)
		}
		if _, err := b.Order(t.Context(), c.way, c.key); err != nil {
			t.Fatalf("%s %s: %v", c.way, c.key, err)
		}
		if _, err := os.Lstat(b.HID(c.key)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("after %s its device is there still: %v", c.way, err)
		}
	}
}
