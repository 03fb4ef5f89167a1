#!/bin/sh
# Usage: packages.sh build [test] | peers
# Installs the system packages that are missing: what the wallet is built with, and what its tests and its demonstration need besides.
# Where there is no apt, it looks for the same things and says what is missing.
set -eu

build="ca-certificates gcc libc6-dev pkg-config libpcsclite-dev libfido2-dev libssl-dev"
# The window: OpenGL and the input of X11 and Wayland.
build="$build libgl-dev libegl-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev libwayland-dev libxkbcommon-dev"
# The tests and the demonstration attach emulated keys to a private pcscd (in namespaces: util-linux, iproute2) and let other people's
# clients judge them.
test="pcscd vsmartcard-vpcd libfido2-1 fido2-tools yubico-piv-tool yubikey-manager opensc openssl util-linux iproute2 procps"
# The journey through the real window: a display without a monitor, a window manager, keys and clicks, and a message bus of its own.
test="$test xvfb openbox xdotool libgl1-mesa-dri dbus"
# npm fetches other people's programs.
peers="nodejs npm"
build_programs="gcc pkg-config"
test_programs="pcscd fido2-token fido2-cred fido2-assert yubico-piv-tool ykman pkcs11-tool openssl unshare ip Xvfb openbox xdotool dbus-daemon"
peers_programs="node npm"

wanted="" programs=""
for group in "$@"; do
	case $group in
	build) wanted="$wanted $build" programs="$programs $build_programs" ;;
	test) wanted="$wanted $test" programs="$programs $test_programs" ;;
	peers) wanted="$wanted $peers" programs="$programs $peers_programs" ;;
	*) printf 'packages.sh: no group %s\n' "$group" >&2 && exit 2 ;;
	esac
done

# without_apt says what is missing on a system whose packages have other names.
without_apt() {
	missing=""
	for program in $programs; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
	done
	for library in libpcsclite libfido2 gl x11 xcursor xrandr xinerama xi xxf86vm wayland-client xkbcommon egl; do
		pkg-config --exists "$library" 2>/dev/null || missing="$missing $library"
	done
	[ -n "$missing" ] || exit 0
	printf 'Missing on this system:%s\nInstall them with your package manager. On Debian and Ubuntu they are:%s\n' "$missing" "$wanted" >&2
	exit 1
}

command -v apt-get >/dev/null 2>&1 || without_apt

missing=""
for package in $wanted; do
	case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
	ii*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null 2>&1 || {
		printf 'These packages are missing, and there is no sudo to install them with:%s\nAs root: apt-get install%s\n' "$missing" "$missing" >&2
		exit 1
	}
	as_root="sudo"
fi
printf 'Installing system packages:%s\n' "$missing"
# shellcheck disable=SC2086 # each name is a word of its own
{
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing
}
