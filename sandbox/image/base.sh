#!/bin/sh
# base.sh FILE: make the sandbox's root file system as a tar file from Debian's packages, where no image can be pulled.
# Needs root, apt and Debian's keyring. The mirrors are those that this machine's apt uses for Debian, or
# DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR.
# Packages are unpacked and not installed: none of their scripts runs. Times stay as packaged: each .pyc knows the time of
# its source.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 1' INT TERM
debian=$work/debian tree=$work/tree
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# depended on, yet what is kept runs without them: compilers, scipy, widgets, scripts of installation
absent="python3-scipy python3-fs python3-lxml python3-lz4 python3-brotli python3-unicodedata2 unicode-data python3-tk
    python3-pil.imagetk libjs-jquery libjs-jquery-ui libjs-underscore debconf dpkg tar perl-base mailcap mime-support
    media-types python3-distutils python3-pkg-resources ucf sensible-utils"

mkdir -p "$work/lists/partial" "$work/archives/partial" "$debian/usr/bin" "$debian/usr/sbin" "$debian/usr/lib" "$debian/usr/lib64"
for top in bin sbin lib lib64; do ln -s "usr/$top" "$debian/$top"; done
for name in $absent; do
    printf 'Package: %s\nStatus: install ok installed\nVersion: 999\nArchitecture: all\nMulti-Arch: foreign\nMaintainer: none\nDescription: none\n\n' "$name"
done >"$work/status"
used() { # LABEL: the place of that archive of Debian's, if apt has met it
    apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
        awk -v label="$1" '$1 == "Debian" && $2 == label { print $3; exit }'
}
mirror=${DEBIAN_MIRROR:-$(used Debian)}
[ -n "$mirror" ] || { apt-get -qq update && mirror=$(used Debian); }
[ -n "$mirror" ] || { echo "this machine's apt knows no mirror of Debian: set DEBIAN_MIRROR" >&2; exit 1; }
security=${DEBIAN_SECURITY_MIRROR:-$(used Debian-Security)}
{
    echo "deb [signed-by=$keyring] $mirror bookworm main"
    [ -z "$security" ] || echo "deb [signed-by=$keyring] $security bookworm-security main"
} >"$work/sources.list"
own_apt() {
    apt-get -qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Cache="$work" \
        -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$work/status" -o Dir::Cache::Archives="$work/archives" \
        -o APT::Sandbox::User=root -o APT::Install-Recommends=false -o Acquire::Languages=none -o Acquire::Retries=3 \
        -o APT::Get::List-Cleanup=false -o Debug::NoLocking=true "$@"
}
own_apt update
# shellcheck disable=SC2046 # one word a line
own_apt install --yes --download-only $(cat "$here/packages.txt") >&2
for package in "$work"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -C "$debian" --keep-directory-symlink -xf -
done

# what the packages' scripts would have done
libraries=$(dirname "$(find "$debian/usr/lib" -name 'libc.so.6')")
for name in libblas.so.3 liblapack.so.3 libopenblas.so.0; do ln -sf "openblas-pthread/$name" "$libraries/$name"; done
ldconfig -r "$debian"

sh "$here/shrink.sh" "$debian" "$tree"
waits=
for part in /usr/lib/python3.11 /usr/lib/python3/dist-packages; do
    chroot "$tree" /usr/bin/python3 -I -S -m compileall -qq "$part" &
    waits="$waits $!"
done
for one in $waits; do wait "$one"; done
tar -C "$tree" --sort=name --numeric-owner --owner=0 --group=0 -cf "$1" .
