#!/bin/sh
# Usage: test-json.sh [-test.run=PATTERN PACKAGE]
# Runs every package's tests and prints what the go command says as JSON: first those that only compute, then, one package after the other, those
# that start processes (HOLDFAST_PROCESSES), which would be late where others keep the processors busy. The packages of HOLDFAST_RACE run under the
# race detector. That makes work ten times as long, so it sees the short form of tests that have one (testing.Short), and the packages that hold
# such tests run in full as well.
# With a test's name and its package, as gotestsum gives them for a test that failed, it runs that test alone, in each way it runs here.
# Fails when any run fails, and when the patterns name no package.
set -u

one=""
if [ $# -gt 0 ]; then
	# For a package that failed outside its tests gotestsum asks for the test "", which is none: that runs the package whole.
	[ "$1" = '-test.run=^$' ] || one=$1
	for dir in ${HOLDFAST_NESTED:-}; do
		module=$(cd "$dir" && go list -m) || exit 1
		case ${2:?a package is named with the test} in "$module" | "$module"/*) cd "$dir" && exec go test -json -count=1 ${one:+"$one"} "$2" ;; esac
	done
	all=$(go list "$2") || exit 1
else
	all=$(go list ./...) || exit 1
fi
# shellcheck disable=SC2086 # each pattern is a word of its own
watched=$(go list ${HOLDFAST_RACE:?}) && processes=$(go list ${HOLDFAST_PROCESSES:?}) || exit 1
[ -n "$all" ] && [ -n "$watched" ] && [ -n "$processes" ] || {
	echo "no packages to test" >&2
	exit 1
}
long=$(for dir in $(grep -rl --include='*_test.go' 'testing\.Short()' . | sed 's|/[^/]*$||' | sort -u); do go list "$dir" || exit 1; done) || exit 1

# both prints the lines that two lists share; without prints those of the first that the second lacks.
both() { printf '%s\n' "$1" | grep -xF "$2"; }
without() { printf '%s\n' "$1" | grep -vxF "$2"; }

short=$(both "$all" "$watched")
full=$(without "$all" "$watched"; both "$short" "$long")

# What only computes, on memory that is its own, is not watched: SQLite in WebAssembly and the drawing of text. It starts no goroutine, and would take
# most of the time. What is lent secrets (ciphers, curves) is watched.
race="-race -short"
for quiet in github.com/ncruces/go-sqlite3-wasm golang.org/x/image github.com/go-text; do
	race="$race -gcflags=$quiet/...=-race=false"
done

failed=0
# tests FLAGS PACKAGES: what it is given no package for has passed.
tests() {
	[ -n "$2" ] || return 0
	# shellcheck disable=SC2086 # each flag and each package is a word of its own
	go test -json -timeout 15m $1 ${one:+-count=1} ${one:+"$one"} $2 || failed=1
}
tests "$race" "$(without "$short" "$processes")"
tests "" "$(without "$full" "$processes")"
tests "-p=1 $race" "$(both "$short" "$processes")"
tests "-p=1" "$(both "$full" "$processes")"
[ $# -gt 0 ] || for dir in ${HOLDFAST_NESTED:-}; do
	(cd "$dir" && go test -json ./...) || failed=1
done
exit $failed
