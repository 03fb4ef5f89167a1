#!/bin/sh
# Usage: go-test-json.sh PATTERN...
# Runs every package's tests once and prints what the go command says as JSON: the packages of the patterns under the race detector, the
# rest without. Fails when either run fails, and when a pattern names no package.
set -u

core=$(go list "$@") && all=$(go list ./...) || exit 1
[ -n "$core" ] && [ -n "$all" ] || {
	echo "no packages to test" >&2
	exit 1
}
rest=$(printf '%s\n' "$all" | grep -vxF "$core")

failed=0
# shellcheck disable=SC2086 # each package is a word of its own
go test -json -race -timeout 15m $core || failed=1
# shellcheck disable=SC2086
go test -json -timeout 15m $rest || failed=1
exit $failed
