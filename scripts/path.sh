#!/bin/sh
# Usage: PATH=$(path.sh) COMMAND...
# Prints PATH, with what packages.sh has only unpacked in front where there is any: the go command asks every kept result for PATH, which should not
# differ between checkouts without need.
if [ -d build/system ]; then
	PATH=$PWD/build/system/bin:$PWD/build/system/usr/bin:$PWD/build/system/usr/sbin:$PATH
fi
printf '%s\n' "$PATH"
