#!/bin/sh
# The same file, the same settings: the switch to WAL takes durability from every commit, also in connections that never
#   asked for WAL.
#
# Expected: SQLite's documentation gives synchronous as FULL by default. The journal mode is kept in the file,
#   synchronous is not: so a connection that sets nothing is FULL, and a commit that returned survives a power cut.
# Happens: this build has NORMAL as its default under WAL (SQLITE_DEFAULT_WAL_SYNCHRONOUS=1). A connection says FULL as
#   long as the file is in rollback mode, and NORMAL once it meets a file in WAL mode, whoever switched it, perhaps long
#   ago in another program: the last commits before a power cut may be gone, though nothing is damaged. The connection
#   that switches still says FULL when it is asked at once, and NORMAL after its next statement. Where synchronous was
#   set, it stays.
# Meaning: a program that promises durability sets synchronous on every connection (the pool opens them when it likes),
#   and asks for it back.
# Versions: github.com/ncruces/go-sqlite3 v0.35.6.
# Source: sqlite_opt.h of its build; sqlite.org/pragma.html, synchronous.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"database/sql"
	"fmt"

	_ "github.com/ncruces/go-sqlite3/driver"
)

func main() {
	show("a new file", "a.db")
	show("the connection that switches", "a.db", "PRAGMA journal_mode = WAL")
	show("the next connection", "a.db")
	show("a connection that switches, and writes", "b.db", "PRAGMA journal_mode = WAL", "CREATE TABLE t (x)")
	show("a connection that sets it", "a.db?_pragma=synchronous(full)")
}

// show opens the file with one connection, and prints its settings: synchronous is 1 for NORMAL and 2 for FULL.
func show(name, file string, statements ...string) {
	db, err := sql.Open("sqlite3", "file:"+file)
	check(err)
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		_, err := db.Exec(s)
		check(err)
	}
	var journal string
	var synchronous int
	check(db.QueryRow("PRAGMA journal_mode").Scan(&journal))
	check(db.QueryRow("PRAGMA synchronous").Scan(&synchronous))
	fmt.Printf("%s: %s, synchronous %d\n", name, journal, synchronous)
	check(db.Close())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
END
cat >expected <<'END'
a new file: delete, synchronous 2
the connection that switches: wal, synchronous 2
the next connection: wal, synchronous 1
a connection that switches, and writes: wal, synchronous 1
a connection that sets it: wal, synchronous 2
END
go mod init finding
go get github.com/ncruces/go-sqlite3@v0.35.6
go get github.com/ncruces/go-sqlite3/driver@v0.35.6
go run . >seen
diff expected seen
