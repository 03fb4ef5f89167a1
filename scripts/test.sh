#!/bin/sh
# Usage: test.sh GOTESTSUM...
# Runs every test (see test-json.sh), and those that failed once more, each in a process of its own. A test that passes then is flaky: it is named at
# the end and in out/flaky.txt. Fails when a test fails twice, when three or more are flaky, and when a test has begun and not ended: its program went
# away under it, and the tests behind it were never run, of which gotestsum says nothing.
set -u
out=out/flaky.txt
mkdir -p out && rm -f "$out" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
report=$work/report events=${GOTESTSUM_JSONFILE:-$work/events}

status=0
"$@" --format pkgname --rerun-fails=1 --rerun-fails-max-failures=20 --rerun-fails-report="$report" --jsonfile="$events" \
	--raw-command -- scripts/test-json.sh || status=$?

# Flaky is what passed in half of its runs at least. A test is so only because of what is below it, where that is named, too.
touch "$report" || exit 1
sed -n -E 's/^(.*[^.]): ([0-9]+) runs, ([0-9]+) failures$/\2 \3 \1/p' "$report" | while read -r runs failures name; do
	[ $((failures * 2)) -gt "$runs" ] || printf '%s\n' "$name"
done | LC_ALL=C sort | awk 'NR > 1 && index($0, last "/") != 1 { print last } { last = $0 } END { if (NR) print last }' >"$out" || exit 1
# A package that failed outside its tests is in no report once it has passed.
if [ "$status" = 0 ]; then
	failed='s/^\{"Time":"[^"]*","Action":"fail","Package":"([^"]*)",'
	sed -n -E "$failed\"Elapsed.*/\\1/p" "$events" | sort -u >"$work/packages"
	sed -n -E "$failed\"Test.*/\\1/p" "$events" | sort -u >"$work/tests"
	comm -23 "$work/packages" "$work/tests" | sed 's/$/, outside its tests/' >>"$out"
fi
flaky=$(wc -l <"$out")
if [ "$flaky" -gt 0 ]; then
	printf 'FLAKY: %s failed and passed when it was run again, and each is a defect (%s):\n' "$flaky" "$out"
	cat "$out"
fi

sed -n -E 's/^\{"Time":"[^"]*","Action":"(run|pass|fail|skip)","Package":(".*"Test":.*)$/\1 \2/p' "$events" |
	sed -E 's/(,"Elapsed":[0-9.e+-]+)?\}$//' |
	awk '{ test = substr($0, index($0, " ") + 1); if ($1 == "run") began[test]++; else began[test]-- }
		END { for (test in began) if (began[test] > 0) print test }' >"$work/unended" || exit 1
if [ -s "$work/unended" ]; then
	echo "These tests began and did not end:"
	cat "$work/unended"
	exit 1
fi
[ "$status" = 0 ] || exit "$status"
[ "$flaky" -lt 3 ] || {
	echo "three or more are too many: this run fails" >&2
	exit 1
}
