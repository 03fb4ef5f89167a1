#!/bin/sh
# Usage: check-go.sh 1.26
# Stops, in words, where Go is missing or older than asked.
set -eu
needed=$1

stop() {
	printf 'Holdfast needs Go %s or newer, and %s.\nInstall it from https://go.dev/dl/ and put its bin folder into PATH; then run make again.\n' "$needed" "$1" >&2
	exit 1
}

command -v go >/dev/null 2>&1 || stop "there is no go command in PATH"
found=$(go version | sed -n 's/^go version \(.* \)\{0,1\}go\([0-9]*\.[0-9]*\).*/\2/p')
[ -n "$found" ] || stop "this go command does not say its version: $(go version)"
oldest=$(printf '%s\n%s\n' "$needed" "$found" | sort -V | head -n 1)
[ "$oldest" = "$needed" ] || stop "this is Go $found"
