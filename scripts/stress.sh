#!/bin/sh
# Usage: stress.sh 20 PATTERN...
# Runs the tests of each package so many times, each time in a process of its own; busy.sh makes the machine busy around it. Packages that the race
# detector watches in `make test` (HOLDFAST_RACE) are watched here. Goes on after a failure; the output of what failed stays in build/stress.
set -eu
runs=$1
shift
out=$(pwd)/build/stress
rm -rf "$out"
mkdir -p "$out"

packages=$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}' "$@")
[ -n "$packages" ] || {
	echo "no package with tests found" >&2
	exit 1
}
# shellcheck disable=SC2086 # each pattern is a word of its own
watched=$(go list ${HOLDFAST_RACE:-})

failed=0
while read -r package dir; do
	program=$out/$(printf %s "$package" | tr / _)
	race=
	printf '%s\n' "$watched" | grep -qxF "$package" && race=-race
	# shellcheck disable=SC2086 # no word where it is empty
	go test -c $race -o "$program" "$package"
	bad=0
	start=$(date +%s)
	for run in $(seq "$runs"); do
		if (cd "$dir" && "$program" ${race:+-test.short} -test.timeout 15m) >"$program.$run" 2>&1 </dev/null; then
			rm "$program.$run"
		else
			bad=$((bad + 1))
		fi
	done
	rm "$program"
	printf '%s: %s of %s runs failed, %s s\n' "$package" "$bad" "$runs" "$(($(date +%s) - start))"
	failed=$((failed + bad))
done <<END
$packages
END
[ "$failed" = 0 ] || {
	printf '%s runs failed: %s\n' "$failed" "$out" >&2
	exit 1
}
