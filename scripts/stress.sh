#!/bin/sh
# Usage: stress.sh 60s PATTERN...
# Runs the tests of each package again and again for the time given, where other work keeps every processor busy and each of the processes that the
# tests start is stopped for up to a second now and then, as happens on a machine that many share. Packages that the race detector watches in
# `make test` (HOLDFAST_RACE) are watched here. Goes on after a failure; the output of what failed stays in build/stress.
set -eu
limit=${1%s}
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

# What is stopped is known by a variable that only the tests' processes have.
ours() {
	grep -lsz "^HOLDFAST_STRESS=$$\$" /proc/[0-9]*/environ | cut -d/ -f3
}

disturb() {
	while :; do
		sleep "0.$(shuf -n1 -i1-5)"
		pid=$(ours | shuf -n1)
		[ -n "$pid" ] || continue
		kill -STOP "$pid" 2>/dev/null || continue
		sleep "0.$(shuf -n1 -i1-9)"
		kill -CONT "$pid" 2>/dev/null || :
	done
}

beside=
trap 'kill $beside 2>/dev/null; ours | xargs -r kill -CONT 2>/dev/null' EXIT
trap 'exit 1' INT TERM
for _ in $(seq "$(nproc)"); do
	while :; do :; done &
	beside="$beside $!"
done
disturb &
beside="$beside $!"

failed=0
while read -r package dir; do
	program=$out/$(printf %s "$package" | tr / _)
	race=
	printf '%s\n' "$watched" | grep -qxF "$package" && race=-race
	# shellcheck disable=SC2086 # no word where it is empty
	go test -c $race -o "$program" "$package"
	runs=0
	bad=0
	end=$(($(date +%s) + limit))
	while [ "$(date +%s)" -lt "$end" ]; do
		runs=$((runs + 1))
		if (cd "$dir" && HOLDFAST_STRESS=$$ "$program" ${race:+-test.short} -test.timeout 15m) >"$program.$runs" 2>&1 </dev/null; then
			rm "$program.$runs"
		else
			bad=$((bad + 1))
		fi
	done
	rm "$program"
	printf '%s: %s of %s runs failed\n' "$package" "$bad" "$runs"
	failed=$((failed + bad))
done <<END
$packages
END
[ "$failed" = 0 ] || {
	printf '%s runs failed: %s\n' "$failed" "$out" >&2
	exit 1
}
