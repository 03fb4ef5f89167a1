package journey

import (
	"os"
	"path/filepath"
	"testing"
)

func TestComplaints(t *testing.T) {
	for text, bad := range map[string]bool{
		"": false,
		"*** This application has not been migrated ***\nFyne error:  failed to watch theme settings\n  Cause: dial unix\n":   false,
		"2026/11/26 21:17:16 Fyne error:  Preferences load error:\n2026/11/26 21:17:16   Cause: EOF\n":                        false,
		"2026/11/26 21:17:16 Fyne error:  Preferences load error:\n2026/11/26 21:17:16   Cause: invalid character\n":          true,
		"2026/11/26 21:17:16 Fyne error:  Error parsing user locale C\n2026/11/26 21:17:16   Cause: tag is not well-formed\n": false,
		"*** Error in Fyne call thread, this should have been called in fyne.Do[AndWait] ***":                                 true,
		"Fyne error:  failed to watch theme settings\nFyne error:  could not decode image":                                    true,
		"panic: runtime error": true,
	} {
		log, err := os.Create(filepath.Join(t.TempDir(), "log"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := log.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		if err := (&Window{log: log}).Complaints(); (err != nil) != bad {
			t.Errorf("%q: %v", text, err)
		}
	}
}
