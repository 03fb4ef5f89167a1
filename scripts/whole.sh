#!/bin/sh
# Usage: whole.sh 5 COMMAND...
# Runs a command so many times and stops at the first time that it fails or calls a test flaky. What each run says goes to build/whole.
set -eu
runs=$1
shift
out=build/whole
rm -rf "$out"
mkdir -p "$out"
for run in $(seq "$runs"); do
	start=$(date +%s)
	"$@" >"$out/$run.log" 2>&1 || {
		tail -n 40 "$out/$run.log"
		printf 'run %s failed: %s\n' "$run" "$out/$run.log" >&2
		exit 1
	}
	counted=$(grep '^DONE' "$out/$run.log" | tail -n 1)
	[ -n "$counted" ] || {
		printf 'run %s counted no tests: %s\n' "$run" "$out/$run.log" >&2
		exit 1
	}
	printf 'run %s of %s: %s, %s s\n' "$run" "$runs" "$counted" "$(($(date +%s) - start))"
	if grep '^FLAKY' "$out/$run.log"; then
		exit 1
	fi
done
