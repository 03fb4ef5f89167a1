package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// walkFiles lends every file below a folder.
func walkFiles(root fs.FS, fn func(name string, data []byte)) error {
	return fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		if err == nil {
			fn(name, data)
		}
		return err
	})
}

// cmdCorrupt flips bits of files, as an attacker or a bad disk would: corrupt GLOB OFFSET [COUNT] (a negative offset counts from the end).
func cmdCorrupt(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: corrupt GLOB OFFSET [COUNT]")
	}
	offset, err := strconv.Atoi(args[1])
	ts.Check(err)
	count := 1
	if len(args) == 3 {
		count, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	names, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(names) == 0 {
		ts.Fatalf("no file is %s", args[0])
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		ts.Check(err)
		at := offset
		if at < 0 {
			at += len(data)
		}
		if at < 0 || at+count > len(data) {
			ts.Fatalf("%s has %d bytes", name, len(data))
		}
		old := bytes.Clone(data)
		for i := range count {
			data[at+i] ^= 0x55
		}
		if bytes.Equal(old, data) {
			ts.Fatalf("nothing was changed")
		}
		ts.Check(os.WriteFile(name, data, 0o600))
	}
}

// cmdHoldsNone fails when a file below a folder holds four words in a row of a sentence, whatever stands between them: holdsnone FOLDER FILE
// [EXCEPT...].
func cmdHoldsNone(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	if len(args) < 2 {
		ts.Fatalf("usage: holdsnone FOLDER FILE [EXCEPT...]")
	}
	words := strings.Fields(ts.ReadFile(args[1]))
	if len(words) != wordCount {
		ts.Fatalf("%s holds %d words", args[1], len(words))
	}
	var rows []*regexp.Regexp
	for i := range wordCount - 3 {
		rows = append(rows, regexp.MustCompile(`(?s)`+strings.Join(words[i:i+4], `[^a-z]{1,8}`)))
	}
	looked := 0
	ts.Check(walkFiles(os.DirFS(ts.MkAbs(args[0])), func(name string, data []byte) {
		if slices.Contains(args[2:], name) {
			return
		}
		looked++
		for _, row := range rows {
			if row.Match(data) {
				ts.Fatalf("%s holds words of the sentence", name)
			}
		}
	}))
	if looked == 0 {
		ts.Fatalf("there is nothing in %s", args[0])
	}
}

// cmdAdds checks a sum: adds 1 2 3.
func cmdAdds(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	var n []int
	for _, a := range args {
		v, err := strconv.Atoi(a)
		ts.Check(err)
		n = append(n, v)
	}
	if len(n) != 3 || n[0]+n[1] != n[2] {
		ts.Fatalf("%v is no sum", n)
	}
}

// cmdCopyFolder copies a folder, as somebody who found the machine open could: cpdir FROM TO.
func cmdCopyFolder(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg)
	if len(args) != 2 {
		ts.Fatalf("usage: cpdir FROM TO")
	}
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(ts.MkAbs(args[0]))))
}
