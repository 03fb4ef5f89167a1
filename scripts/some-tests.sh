#!/bin/sh
# Usage: some-tests.sh PATTERN
# Fails when no test's name matches, so that a run of a few tests cannot pass because it found none.
set -eu
found=$(go test -list "$1" ./... | grep -c '^Test') || {
	printf 'no test is named %s\n' "$1" >&2
	exit 1
}
printf '%s tests named %s\n' "$found" "$1"
