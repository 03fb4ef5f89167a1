#!/bin/sh
# A rerun by gotestsum passes a package of which tests were never run.
#
# Expected: --rerun-fails=1 runs what failed once more, and the whole passes only when all tests have passed.
# Happens, twice: 1. Where a package fails outside its tests, as goleak's VerifyTestMain does when a test has left a goroutine
#   behind, there is no failed test to name. It asks for -test.run=^$, which matches none; with no test run nothing leaks.
#   2. Where the program of tests goes away in the middle of one without a panic (C code, os.Exit, the system's want of
#   memory), that one is run again; those behind it never are. The exit code is 0 both times, and 1 without --rerun-fails.
# Meaning: with --raw-command, run the package whole where -test.run=^$ is asked for; count in --jsonfile that every test
#   that began has ended.
# Versions: gotest.tools/gotestsum v1.13.0, go.uber.org/goleak v1.3.0 (Go 1.26).
# Source: its cmd/rerunfails.go (hasErrors knows build errors, panics and data races).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

mkdir leaves ends
cat >go.mod <<'END'
module example

go 1.26
END
cat >leaves/leaves_test.go <<'END'
package leaves

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLeaves(t *testing.T) { go func() { select {} }() }
END
cat >ends/ends_test.go <<'END'
package ends

import (
	"os"
	"testing"
)

func TestEndsTheFirstTime(t *testing.T) {
	if _, err := os.Stat("ended"); err != nil {
		_ = os.WriteFile("ended", nil, 0o600)
		os.Exit(1)
	}
}

func TestThatAlwaysFails(t *testing.T) { t.Fail() }
END
go get go.uber.org/goleak@v1.3.0 >/dev/null 2>&1
gotestsum="go run gotest.tools/gotestsum@v1.13.0 --format pkgname"

for package in leaves ends; do
	if $gotestsum --packages "./$package" >once 2>&1; then
		cat once
		echo "changed: $package passes without --rerun-fails"
		exit 1
	fi
	rm -f ends/ended
	$gotestsum --rerun-fails=1 --packages "./$package" >twice 2>&1 || {
		cat twice
		echo "changed: $package no longer passes with --rerun-fails"
		exit 1
	}
	grep -q '^DONE 2 runs' twice || {
		cat twice
		echo "changed: $package passes, but not because of a second run"
		exit 1
	}
	printf '%s: exit code 1 without --rerun-fails, 0 with it; %s\n' "$package" "$(grep '^DONE' twice | tail -n 1)"
done
