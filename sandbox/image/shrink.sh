#!/bin/sh
# shrink.sh FROM TO: copy out of a Debian tree what a student's Python needs, and nothing else: no shell, no package
# manager, no accounts. FROM is / or a folder that can be entered with chroot.
set -eu
from=${1%/} to=$2
[ -n "$from" ] && inside="chroot $from" || inside=
packages="numpy sympy mpmath matplotlib mpl_toolkits PIL contourpy cycler dateutil fontTools kiwisolver packaging pyparsing six"
python=$(basename "$(readlink -f "$from/usr/bin/python3")")

mkdir -p "$to/usr/bin" "$to/usr/lib" "$to/usr/share/fonts/truetype" "$to/etc" "$to/proc" "$to/sys" "$to/dev" "$to/box"
cp -a "$from/usr/bin/$python" "$to/usr/bin/"
ln -s "$python" "$to/usr/bin/python3"
cp -a "$from/usr/lib/$python" "$to/usr/lib/"
mkdir -p "$to/usr/lib/python3/dist-packages"
for name in $packages; do
    for place in "$from/usr/lib/python3/dist-packages/$name" "$from/usr/lib/python3/dist-packages/$name".py; do
        [ ! -e "$place" ] || cp -a "$place" "$to/usr/lib/python3/dist-packages/"
    done
done
cp -a "$from/usr/share/matplotlib" "$from/usr/share/zoneinfo" "$to/usr/share/"
cp -a "$from/usr/share/fonts/truetype/dejavu" "$to/usr/share/fonts/truetype/"
cp -a "$from/etc/matplotlibrc" "$to/etc/"
for top in lib lib64; do [ ! -L "$from/$top" ] || cp -a "$from/$top" "$to/$top"; done
ln -s /box/tmp "$to/tmp"

cd "$to/usr/lib"
rm -rf "$python/test" "$python"/config-* "$python/ensurepip" "$python/idlelib" "$python/tkinter" "$python/lib2to3" \
    "$python/turtledemo" "$python/sitecustomize.py"
find python3/dist-packages -type d -name tests -prune -exec rm -rf {} +

# every shared object that something kept is linked with, as a real file under the name that is asked for
loader=/$(cd "$from/" && find lib lib64 -follow -maxdepth 1 -name 'ld-linux-*.so.*' 2>/dev/null | head -n 1)
linked=$({ echo "/usr/bin/$python"; find "$python" python3 -name '*.so' -printf '/usr/lib/%p\n'; } |
    while read -r object; do $inside "$loader" --list "$object" || echo "$object LACKS"; done)
case $linked in *LACKS*) echo "a library of something kept is missing" >&2; exit 1 ;; esac
echo "$linked" | awk '$2 == "=>" { print $3 } $1 ~ /^\/.*ld-linux/ { print $1 }' | sort -u |
    $inside "/usr/bin/$python" -I -S -c 'import os, sys
for line in sys.stdin:
    print(line.strip(), os.path.realpath(line.strip()))' |
    while read -r object real; do
        [ -d "$from/usr$(dirname "$object")" ] && [ "${object#/usr}" = "$object" ] && place=/usr$object || place=$object
        mkdir -p "$to$(dirname "$place")"
        cp "$from$real" "$to$place"
    done
ldconfig -r "$to"
