#!/bin/sh
# Usage: fuzz.sh 20s
# Runs each fuzz target of the tree for the time given, one after the other, and stops at the first that fails.
set -eu
time=$1

targets=$(go test -list '^Fuzz' ./... | awk '/^Fuzz/ { names = names " " $1 } /^ok/ { n = split(names, t, " "); for (i = 1; i <= n; i++) print $2, t[i]; names = "" }')
[ -n "$targets" ] || {
	echo "no fuzz target found" >&2
	exit 1
}
printf '%s\n' "$targets" | while read -r package target; do
	printf '== %s %s\n' "$package" "$target"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" </dev/null
done
printf '%s fuzz targets, %s each: nothing found\n' "$(printf '%s\n' "$targets" | wc -l)" "$time"
