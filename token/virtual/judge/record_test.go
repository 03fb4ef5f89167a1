package judge

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"holdfast/token/virtual/body"
	"holdfast/token/virtual/pcscd"
)

// operations reads the record that a key keeps in its state folder.
func operations(t *testing.T, b *pcscd.Bench, key string) []body.Operation {
	t.Helper()
	f, err := os.Open(filepath.Join(b.State(key), body.RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []body.Operation
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var op body.Operation
		if err := json.Unmarshal(lines.Bytes(), &op); err != nil {
			t.Fatal(err)
		}
		all = append(all, op)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatalf("%d operations in the record: %v", len(all), err)
	}
	return all
}
