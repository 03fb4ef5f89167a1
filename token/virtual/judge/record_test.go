package judge

import (
	"bytes"
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
	data, err := os.ReadFile(filepath.Join(b.State(key), body.RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	var all []body.Operation
	for line := range bytes.Lines(data) {
		var op body.Operation
		if err := json.Unmarshal(line, &op); err != nil {
			t.Fatal(err)
		}
		all = append(all, op)
	}
	if len(all) == 0 {
		t.Fatal("the record is empty")
	}
	return all
}
