package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

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
