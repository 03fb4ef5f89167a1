#!/bin/sh
# Usage: package.sh build/bin build/dist
# Packs the wallet and its command line, with man pages and completions, into a .tar.gz and, where dpkg-deb is, a .deb. The same source gives the same bytes: dates
# are the last commit's, owners are root.
set -eu
bin=$1 out=$2
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

# The tree as it is installed.
tree=$work/tree
install -D -m 0755 "$bin/holdfast" "$tree/usr/bin/holdfast"
install -D -m 0755 "$program" "$tree/usr/bin/holdfastctl"
install -D -m 0644 packaging/holdfast.desktop "$tree/usr/share/applications/holdfast.desktop"
install -D -m 0644 assets/holdfast.svg "$tree/usr/share/icons/hicolor/scalable/apps/holdfast.svg"
mkdir -p "$tree/usr/share/man/man1"
"$program" docs man "$tree/usr/share/man/man1"
ls "$tree/usr/share/man/man1"/*.1 >/dev/null
gzip -9n "$tree"/usr/share/man/man1/*.1
for shell in bash zsh fish; do
	"$program" completion "$shell" >"$work/$shell"
	[ -s "$work/$shell" ]
done
install -D -m 0644 "$work/bash" "$tree/usr/share/bash-completion/completions/holdfastctl"
install -D -m 0644 "$work/zsh" "$tree/usr/share/zsh/vendor-completions/_holdfastctl"
install -D -m 0644 "$work/fish" "$tree/usr/share/fish/vendor_completions.d/holdfastctl.fish"
for page in README.md CHANGELOG.md SECURITY.md docs/design.md docs/vault-format.md docs/threat-model.md docs/devices.md; do
	install -D -m 0644 "$page" "$tree/usr/share/doc/holdfast/$page"
done
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

name=holdfast-$version-linux-$arch
mkdir "$work/$name"
cp -a "$tree/usr/." "$work/$name/"
touch -d "@$SOURCE_DATE_EPOCH" "$work/$name"
tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu -cf "$work/$name.tar" "$name"
gzip -9n "$work/$name.tar"
mv "$work/$name.tar.gz" "$out/"
echo "$out/$name.tar.gz"

command -v dpkg-deb >/dev/null 2>&1 || {
	echo "no .deb: this system has no dpkg-deb"
	exit 0
}
deb=$(dpkg --print-architecture)
mkdir "$tree/DEBIAN"
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$deb/" -e "s/@SIZE@/$(du -sk "$tree/usr" | cut -f1)/" packaging/control >"$tree/DEBIAN/control"
chmod 0755 "$tree/DEBIAN"
dpkg-deb --root-owner-group -Zxz --build "$tree" "$out/holdfast_${version}_$deb.deb" >/dev/null
echo "$out/holdfast_${version}_$deb.deb"
