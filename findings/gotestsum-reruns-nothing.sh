#!/bin/sh
# A rerun by gotestsum calls a package passed of which it ran nothing the second time.
#
# Expected: --rerun-fails=1 runs what failed once more, and the whole passes only when that passes.
# Happens: where a package fails outside its tests, as goleak's VerifyTestMain does when a test has left a goroutine behind,
#   there is no failed test to name. gotestsum asks for -test.run=^$, which matches none; with no test run nothing leaks,
#   and the exit code is 0. Without --rerun-fails it is 1.
# Meaning: with --raw-command, run the package whole where -test.run=^$ is asked for.
# Versions: gotest.tools/gotestsum v1.13.0, go.uber.org/goleak v1.3.0 (Go 1.26).
# Source: its cmd/rerunfails.go (a failed test without a name).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'END'
module example

go 1.26
END
cat >leak_test.go <<'END'
package example

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLeaves(t *testing.T) { go func() { select {} }() }
END
go get go.uber.org/goleak@v1.3.0 >/dev/null 2>&1
gotestsum="go run gotest.tools/gotestsum@v1.13.0 --format pkgname"

if $gotestsum -- . >once.txt 2>&1; then
	echo "changed: the leak is not found at all"
	exit 1
fi
$gotestsum --rerun-fails=1 --packages . >twice.txt 2>&1 || {
	cat twice.txt
	echo "changed: --rerun-fails no longer passes a package that failed outside its tests"
	exit 1
}
grep -q '^DONE 2 runs' twice.txt || {
	cat twice.txt
	echo "changed: it passes, but not in this way"
	exit 1
}
echo "as described: exit code 1 without --rerun-fails, 0 with it; $(grep '^DONE' twice.txt | tail -n 1)"
