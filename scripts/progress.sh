#!/bin/sh
# Usage: progress.sh WHAT go build ...
# Builds, and says what and how far where it takes long: the window's libraries take minutes the first time. What the compilers say shows only when they fail.
set -eu
what=$1
shift
said=$(mktemp)
trap 'rm -f "$said"' EXIT
began=$(date +%s)

GOFLAGS="${GOFLAGS:-} -v" "$@" 2>"$said" &
pid=$!
trap 'kill "$pid" 2>/dev/null; exit 1' INT TERM
next=3
while kill -0 "$pid" 2>/dev/null; do
	sleep 0.2
	took=$(($(date +%s) - began))
	[ "$took" -ge "$next" ] || continue
	[ "$next" -gt 3 ] || printf 'Building %s. The first time this takes some minutes, most of them for the libraries of the window; afterwards seconds.\n' "$what"
	printf '  %d:%02d  %s packages so far\n' $((took / 60)) $((took % 60)) "$(wc -l <"$said")"
	next=$((took + 20))
done
wait "$pid" || {
	failed=$?
	grep -vxE '[a-z0-9][A-Za-z0-9._/~-]*' "$said" >&2 || cat "$said" >&2
	exit "$failed"
}
