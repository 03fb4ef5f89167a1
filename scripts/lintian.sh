#!/bin/sh
# Usage: lintian.sh build/dist
# Has lintian, Debian's own judge of packages, look at the .deb, where there is one and it is installed. What it says
# and is right is mended; what is not mended is answered, with the reason, in packaging/lintian-overrides.
set -eu
deb=$(ls -t "$1"/*.deb 2>/dev/null | head -n 1)
[ -n "$deb" ] || exit 0
command -v lintian >/dev/null 2>&1 || {
	echo "lintian is not installed: nobody has looked at $deb (on Debian and Ubuntu: apt-get install lintian)"
	exit 0
}
as=""
[ "$(id -u)" -ne 0 ] || as="--allow-root"
# shellcheck disable=SC2086 # no word where it is empty
lintian $as --fail-on error,warning,info --display-info --tag-display-limit 0 "$deb"
if command -v desktop-file-validate >/dev/null 2>&1; then
	desktop-file-validate packaging/holdfast.desktop
fi
echo "lintian has nothing against $deb but what packaging/lintian-overrides answers"
