#!/bin/sh
# Usage: packages.sh build|demo|test|package|peers...
# Gets the system packages that are missing: what the wallet is built with, and what its demonstration, its tests and its packaging need besides. Libraries and
# programs that do nothing by themselves are installed. What would change the system is only unpacked, into build/system (see below). Where there is no apt,
# it looks for the same things and says what is missing.
set -eu

build="ca-certificates gcc libc6-dev pkg-config libpcsclite-dev libfido2-dev libssl-dev"
# The window: OpenGL and the input of X11 and Wayland.
build="$build libgl-dev libegl-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev libwayland-dev libxkbcommon-dev"
# The demonstration and the tests attach emulated keys to a private pcscd in namespaces, and drive the real window on a display without a monitor, by keys and
# clicks, with a window manager and a message bus of its own.
demo="libfido2-1 util-linux iproute2 xvfb xdotool libgl1-mesa-dri dbus-daemon"
demo_unpacked="pcscd vsmartcard-vpcd openbox"
# Other people's clients judge the emulated keys, and Debian's tools make the package.
test="$demo fido2-tools yubico-piv-tool openssl dpkg-dev"
test_unpacked="$demo_unpacked yubikey-manager+python3-ykman opensc+opensc-pkcs11"
package="dpkg-dev"
# npm fetches other people's programs.
peers="nodejs npm"
build_programs="gcc pkg-config"
demo_programs="pcscd unshare ip Xvfb openbox xdotool dbus-daemon"
test_programs="$demo_programs fido2-token fido2-cred fido2-assert yubico-piv-tool ykman pkcs11-tool openssl"
peers_programs="node npm"

# Debian's scripts would make openbox the default window manager and offer it as a session, have systemd start a pcscd for every account, and give that pcscd two
# readers that anybody on the machine can put cards into; ykman needs such a pcscd, and opensc starts something in every session. Unpacked, they are files in this
# folder, and the Makefile puts their programs into PATH. A system that has one of them uses its own. A plus joins what belongs together.
system=build/system

wanted="" unpacked="" programs=""
for group in "$@"; do
	case $group in
	build) wanted="$wanted $build" programs="$programs $build_programs" ;;
	demo) wanted="$wanted $demo" unpacked="$unpacked $demo_unpacked" programs="$programs $demo_programs" ;;
	test) wanted="$wanted $test" unpacked="$unpacked $test_unpacked" programs="$programs $test_programs" ;;
	package) wanted="$wanted $package" ;;
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
	printf 'Missing on this system:%s\nInstall them with your package manager. On Debian and Ubuntu they are:%s%s\n' "$missing" "$wanted" "$(echo "$unpacked" | tr + ' ')" >&2
	exit 1
}

command -v apt-get >/dev/null 2>&1 || without_apt

installed() {
	case $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) in
	ii*) ;;
	*) return 1 ;;
	esac
}

missing=""
for package in $wanted; do
	installed "$package" || missing="$missing $package"
done
absent=""
for package in $unpacked; do
	installed "${package%+*}" || [ -e "$system/$package.unpacked" ] || absent="$absent $package"
done
[ -n "$missing$absent" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null 2>&1 || {
		printf 'These packages are missing, and there is no sudo to install them with:%s\nAs root: apt-get install%s\n' "$missing$absent" "$(echo "$missing$absent" | tr + ' ')" >&2
		exit 1
	}
	as_root="sudo"
fi
apt() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"
}

# beside makes a program find what was unpacked with it.
beside() {
	mkdir -p "$system/bin"
	printf '#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")/..\nexec env "%s=$here/%s" "$here/usr/bin/%s" "$@"\n' "$2" "$3" "$1" >"$system/bin/$1"
	chmod 0755 "$system/bin/$1"
}

apt update
if [ -n "$missing" ]; then
	printf 'Installing system packages:%s\n' "$missing"
	# shellcheck disable=SC2086 # each name is a word of its own
	apt -y --no-install-recommends install $missing
fi
for package in $absent; do
	printf 'Unpacking %s into %s; it is not installed.\n' "$package" "$system"
	rm -rf "$system/fetched"
	mkdir -p "$system/fetched"
	# As root apt warns that it does not change into an account of less power here.
	(cd "$system/fetched" && echo "$package" | tr + '\n' | xargs apt-get -q -o APT::Sandbox::User=root download)
	for file in "$system"/fetched/*.deb; do
		# The libraries that it needs; not the unpacked ones, nor a driver of real readers, nor Python for the autostart of openbox, which has it start nothing.
		needs=$(dpkg-deb -f "$file" Depends | tr ',' '\n' | grep -vE '^ *(pcscd|libccid|init-system-helpers|python3|python3-ykman|opensc-pkcs11)( |$|:)' | paste -sd,)
		[ -z "$needs" ] || apt -y --no-install-recommends satisfy "$needs"
		dpkg-deb -x "$file" "$system"
	done
	rm -rf "$system/fetched"
	case $package in
	yubikey-manager*) beside ykman PYTHONPATH usr/lib/python3/dist-packages ;;
	opensc*) beside pkcs11-tool LD_LIBRARY_PATH "$(cd "$system" && echo usr/lib/*-linux-gnu*)" ;;
	esac
	: >"$system/$package.unpacked"
done
