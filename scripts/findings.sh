#!/bin/sh
# Usage: findings.sh
# Runs every script below findings/ and says which of them hold; what one that does not hold printed is shown. Fails unless all hold, and where
# findings/README.md leaves one out.
set -eu
log=$(mktemp)
trap 'rm -f "$log"' EXIT

count=0 gone=0
for finding in findings/*.sh; do
	[ -f "$finding" ] || {
		echo "no finding found" >&2
		exit 1
	}
	grep -qF "(${finding#findings/})" findings/README.md || {
		printf '%s is not in findings/README.md\n' "$finding" >&2
		exit 1
	}
	count=$((count + 1))
	if "$finding" >"$log" 2>&1; then
		printf 'holds      %s\n' "$finding"
	else
		gone=$((gone + 1))
		printf 'NO LONGER  %s\n' "$finding"
		cat "$log"
	fi
done
printf '%s findings, %s of which no longer hold\n' "$count" "$gone"
[ "$gone" -eq 0 ]
