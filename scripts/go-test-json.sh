#!/bin/sh
# Usage: go-test-json.sh PATTERN...
# Runs every package's tests and prints what the go command says as JSON. The packages of the patterns run under the race detector, the rest
# without. The race detector makes work ten times as long, so it sees the short form of tests that have one (testing.Short), and the packages
# that hold such tests run in full among the rest. Fails when either run fails, and when the patterns name no package.
set -u

core=$(go list "$@") && all=$(go list ./...) || exit 1
[ -n "$core" ] && [ -n "$all" ] || {
	echo "no packages to test" >&2
	exit 1
}
rest=$(printf '%s\n' "$all" | grep -vxF "$core")
for dir in $(grep -rl --include='*_test.go' 'testing\.Short()' . | sed 's|/[^/]*$||' | sort -u); do
	long=$(go list "$dir") || exit 1
	printf '%s\n' "$core" | grep -qxF "$long" && rest=$(printf '%s\n%s' "$rest" "$long")
done

failed=0
# What only computes, on memory that is its own, is not watched: SQLite in WebAssembly and the drawing of text. It starts no goroutine, and would take
# most of the time. What is lent secrets (ciphers, curves) is watched.
set --
for quiet in github.com/ncruces/go-sqlite3-wasm golang.org/x/image github.com/go-text; do
	set -- "$@" "-gcflags=$quiet/...=-race=false"
done

# shellcheck disable=SC2086 # each package is a word of its own
go test -json -race -short -timeout 15m "$@" $core || failed=1
# shellcheck disable=SC2086
go test -json -timeout 15m $rest || failed=1
exit $failed
