#!/bin/sh
# Usage: busy.sh COMMAND...
# Runs a command where other work keeps every processor busy, two endless loops at least, and each process that the command starts is stopped for up
# to a second now and then, as happens on a machine that many share.
set -u

# What is stopped is known by a variable that only the command's processes have.
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
loops=$(nproc)
[ "$loops" -ge 2 ] || loops=2
for _ in $(seq "$loops"); do
	while :; do :; done &
	beside="$beside $!"
done
disturb &
beside="$beside $!"

HOLDFAST_STRESS=$$ "$@"
