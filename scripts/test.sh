#!/bin/sh
# Usage: test.sh GOTESTSUM...
# Runs every test (see test-json.sh), and those that failed once more, each in a process of its own. A test that passes then is flaky: it is named at the end and in
# out/flaky.txt. Fails when a test fails twice, and when three or more are flaky.
set -u
out=out/flaky.txt
mkdir -p out && rm -f "$out" || exit 1
report=$(mktemp) || exit 1
trap 'rm -f "$report"' EXIT

status=0
"$@" --format pkgname --rerun-fails=1 --rerun-fails-max-failures=20 --rerun-fails-report="$report" --raw-command -- scripts/test-json.sh || status=$?
[ "$status" = 0 ] || exit "$status"
# Two tests that share a start are two lines; a parent is flaky only because of what is below it.
sed -n 's/: [0-9]* runs, [0-9]* failures$//p' "$report" | LC_ALL=C sort >"$out" || exit 1
awk 'NR > 1 && index($0, last "/") != 1 { print last } { last = $0 } END { if (NR) print last }' "$out" >"$report" && cp "$report" "$out" || exit 1
flaky=$(wc -l <"$out")
[ "$flaky" -gt 0 ] || exit 0
printf 'FLAKY: %s failed and passed when it was run again, and each is a defect (%s):\n' "$flaky" "$out"
cat "$out"
[ "$flaky" -lt 3 ] || {
	echo "three or more are too many: this run fails" >&2
	exit 1
}
