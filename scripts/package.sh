#!/bin/sh
# Usage: package.sh build/bin build/dist [LEVEL]
# Packs the wallet and its command line, with man pages and completions, into a .tar.gz and, where Debian's tools are,
# a .deb. The same source gives the same bytes, whoever builds: dates are the last commit's, owners are root, everybody
# may read. LEVEL is how hard to press, 1 to 9 (9); at 0 the .deb is not pressed, and the .tar.gz as little as can be.
set -eu
umask 022
bin=$1 out=$2 level=${3:-9}
gzip=-$level xz="-Zxz -z$level"
[ "$level" != 0 ] || gzip=-1 xz=-Znone
program=$bin/holdfastctl

version=$(sed -n 's/^Version = "\(.*\)"$/\1/p' FyneApp.toml)
[ -n "$version" ] || {
	echo "FyneApp.toml names no version" >&2
	exit 1
}
arch=$(go env GOARCH)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# dated gives everything below a folder the one date.
dated() {
	find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

# The tree as it is installed. Debuggers need what is stripped; whoever has the source builds it again.
tree=$work/tree
mkdir -p "$tree/usr/bin"
for each in holdfast holdfastctl; do
	strip --strip-unneeded --remove-section=.comment --remove-section=.note -o "$tree/usr/bin/$each" "$bin/$each"
done
chmod 0755 "$tree"/usr/bin/*
install -D -m 0644 packaging/holdfast.desktop "$tree/usr/share/applications/holdfast.desktop"
install -D -m 0644 assets/holdfast.svg "$tree/usr/share/icons/hicolor/scalable/apps/holdfast.svg"
mkdir -p "$tree/usr/share/man/man1"
"$program" docs man "$tree/usr/share/man/man1"
ls "$tree/usr/share/man/man1"/*.1 >/dev/null
install -m 0644 packaging/holdfast.1 "$tree/usr/share/man/man1/holdfast.1"
gzip -9n "$tree"/usr/share/man/man1/*.1
chmod 0644 "$tree"/usr/share/man/man1/*
for shell in bash zsh fish; do
	"$program" completion "$shell" >"$work/$shell"
	[ -s "$work/$shell" ]
done
install -D -m 0644 "$work/bash" "$tree/usr/share/bash-completion/completions/holdfastctl"
install -D -m 0644 "$work/zsh" "$tree/usr/share/zsh/vendor-completions/_holdfastctl"
install -D -m 0644 "$work/fish" "$tree/usr/share/fish/vendor_completions.d/holdfastctl.fish"
doc=$tree/usr/share/doc/holdfast
for page in THIRD_PARTY_NOTICES README.md CHANGELOG.md SECURITY.md \
	docs/design.md docs/vault-format.md docs/threat-model.md docs/devices.md; do
	install -D -m 0644 "$page" "$doc/$page"
done
dated "$tree"

name=holdfast-$version-linux-$arch
mkdir "$work/$name"
cp -al "$tree/usr/." "$work/$name/"
mv "$work/$name/share/doc/holdfast/THIRD_PARTY_NOTICES" "$work/$name/"
install -m 0644 LICENSE "$work/$name/LICENSE"
dated "$work/$name"
tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu \
	-cf "$work/$name.tar" "$name"
gzip -n "$gzip" "$work/$name.tar"
chmod 0644 "$work/$name.tar.gz"
mv "$work/$name.tar.gz" "$out/"
echo "$out/$name.tar.gz"

command -v dpkg-deb >/dev/null 2>&1 && command -v dpkg-shlibdeps >/dev/null 2>&1 || {
	echo "no .deb: this system has no dpkg-deb and dpkg-shlibdeps (on Debian and Ubuntu: dpkg-dev)"
	exit 0
}
deb=$(dpkg --print-architecture)
# Debian keeps the whole licence for all packages in one place; the copyright file points there.
install -m 0644 packaging/copyright "$doc/copyright"
cat >"$work/changelog" <<END
holdfast ($version) unstable; urgency=medium

  * What a person who uses Holdfast can notice is in CHANGELOG.md.

 -- $(sed -n 's/^Maintainer: //p' packaging/control)  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
END
gzip -9n <"$work/changelog" >"$doc/changelog.gz"
install -D -m 0644 packaging/lintian-overrides "$tree/usr/share/lintian/overrides/holdfast"

# What the programs are linked with, as this system's packages of it are called and versioned; what they open only when
# they run stands in the control file.
mkdir "$work/debian"
: >"$work/debian/control"
linked=$(cd "$work" && dpkg-shlibdeps -O "$tree"/usr/bin/* | sed -n 's/^shlibs:Depends=//p')
[ -n "$linked" ]
mkdir "$tree/DEBIAN"
size=$(find "$tree/usr" -type f -printf '%s\n' | awk '{ n += int(($1 + 1023) / 1024) } END { print n }')
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$deb/" -e "s/@SIZE@/$size/" -e "s/@LINKED@/$linked/" \
	packaging/control >"$tree/DEBIAN/control"
(cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$work/md5sums"
install -m 0644 "$work/md5sums" "$tree/DEBIAN/md5sums"
dated "$tree"
# shellcheck disable=SC2086 # a word for each
dpkg-deb --root-owner-group $xz --build "$tree" "$work/package.deb" >/dev/null
chmod 0644 "$work/package.deb"
mv "$work/package.deb" "$out/holdfast_${version}_$deb.deb"
echo "$out/holdfast_${version}_$deb.deb"
