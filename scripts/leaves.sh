#!/bin/sh
# Usage: leaves.sh [SUITE]
# Sees, in a fresh Debian of its own (debootstrap, as root), that make leaves a system as it was: what it installs
# changes neither what starts by itself nor what is the default, and the demonstration leaves no process, no mount and
# no file behind, on a desktop without a session bus. Takes some minutes; outside CI.
set -eu
suite=${1:-bookworm}
[ "$(id -u)" -eq 0 ] || { echo "leaves.sh makes a system of its own: run it as root" >&2 && exit 1; }
command -v debootstrap >/dev/null || { echo "leaves.sh needs debootstrap (apt-get install debootstrap)" >&2 && exit 1; }

# In namespaces of its own: mounts and processes end with it.
if [ -z "${LEAVES_INSIDE:-}" ]; then
	GOROOT=$(go env GOROOT) GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE)
	export GOROOT GOCACHE GOMODCACHE
	LEAVES_INSIDE=1 exec unshare --mount --pid --fork --mount-proc "$0" "$suite"
fi
root=$(mktemp -d)
out=$(pwd)/build/leaves
rm -rf "$out"
mkdir -p "$out"
cleanup() {
	for at in $mounted; do umount -l "$root$at"; done
	umount -l "$root" 2>/dev/null || :
	rm -rf --one-file-system "$root"
}
mounted=""
trap cleanup EXIT
trap 'exit 1' INT TERM

echo "Making a $suite (the words of it are in $out)"
debootstrap --variant=minbase --include=make,procps "$suite" "$root" >"$out/debootstrap" 2>&1
cp /etc/resolv.conf "$root/etc/"
# A mount point: in the benches' rooms mounts are made private from the root on, which has to be one.
mount --bind "$root" "$root"
bind() {
	mkdir -p "$root$2"
	mount --bind "$1" "$root$2"
	mounted="$2 $mounted"
}
mkdir -p "$root/work"
git ls-files -z | tar --null -T - -cf - | tar -C "$root/work" -xf -
bind "$GOROOT" /usr/local/go
bind "$GOCACHE" /cache/build
bind "$GOMODCACHE" /cache/modules
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev/shm" 2>/dev/null || {
	mkdir -p "$root/dev/shm"
	mount -t tmpfs tmpfs "$root/dev/shm"
}
mounted="/proc /dev/shm $mounted"
within() {
	chroot "$root" /usr/bin/env -i \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/go/bin HOME=/root \
		GOCACHE=/cache/build GOMODCACHE=/cache/modules "$@"
}

# What starts by itself, and what is the default.
state() {
	within sh -c '
		update-alternatives --get-selections
		find /etc/systemd /var/lib/systemd /etc/rc?.d /etc/init.d /etc/xdg/autostart /usr/share/xsessions \
			/usr/share/dbus-1 /etc/reader.conf.d /etc/udev /lib/udev/rules.d 2>/dev/null | sort
		cut -d: -f1 /etc/passwd /etc/group | sort'
}

# Expected: the init script of x11-common, an old one of the X libraries, and its link in rcS.d, which systemd does not
# run; the rules and names that libraries bring; the names by which gcc, cpp and xz-utils are called besides their own,
# where nothing had them before.
expected='/etc/(init\.d/|rcS\.d/S[0-9]+)x11-common$|udev/rules.d/60-libfido2|/usr/share/dbus-1'
expected="$expected"'|^> (c89 +auto +/usr/bin/c89-gcc|c99 +auto +/usr/bin/c99-gcc|cc +auto +/usr/bin/gcc)$'
expected="$expected"'|^> (cpp +auto +/usr/bin/cpp|lzma +auto +/usr/bin/xz)$'
failed=0
differ() {
	diff "$out/$1" "$out/$2" >"$out/$3" || :
	grep '^[<>]' "$out/$3" | grep -vE "$expected" >"$out/$3.bad" || return 0
	printf '%s:\n' "$4" >&2
	cat "$out/$3.bad" >&2
	failed=1
}
state >"$out/before"
for group in demo test package; do
	echo "Getting the packages of group $group"
	within sh -c "cd /work && scripts/packages.sh build $group" >"$out/packages-$group" 2>&1
done
state >"$out/installed"
differ before installed by-packages "What was got has changed the system"

# A desktop without a session bus: with all that a program would have started on one.
within env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install \
	dbus-x11 xdg-desktop-portal xdg-desktop-portal-gtk gvfs-fuse >"$out/desktop" 2>&1
left() {
	within sh -c '
		ps -eo user=,args= | grep -vE "ps -eo|sh -c|grep -vE|sort" | sort
		grep -c . /proc/mounts
		ls /tmp /dev/shm
		ls -A /root'
}
within make -C /work stage >"$out/stage" 2>&1
within Xvfb :77 -screen 0 1280x800x24 -nolisten tcp >"$out/xvfb" 2>&1 &
xvfb=$!
sleep 3
left >"$out/quiet"
echo "Showing the demonstration for 30 seconds"
within env DISPLAY=:77 LIBGL_ALWAYS_SOFTWARE=1 make -C /work demo >"$out/demo" 2>&1 &
demo=$!
for _ in $(seq 600); do
	grep -q 'Close the wallet to end' "$out/demo" && break
	sleep 1
done
grep -q 'Close the wallet to end' "$out/demo" || { echo "the demonstration did not begin: $out/demo" >&2 && failed=1; }
sleep 30
left >"$out/shown"
for pid in $(pgrep -x demo); do kill -INT "$pid"; done
wait "$demo" || { echo "the demonstration failed: $out/demo" >&2 && failed=1; }
sleep 2
left >"$out/after"
kill "$xvfb"
differ quiet after by-demo "The demonstration has left behind"
grep -q 'build/bin/holdfast' "$out/shown" || { echo "no wallet was seen while the demonstration ran" >&2 && failed=1; }
[ "$failed" = 0 ] || exit 1
echo "The system is as it was."
