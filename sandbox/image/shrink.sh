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
{ echo "/usr/bin/$python"; find "$python" python3 -name '*.so' -printf '/usr/lib/%p\n'; } |
    xargs -n 64 $inside ldd 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\/.*ld-linux/ { print $1 }' |
    sort -u | while read -r object; do
        [ -d "$from/usr$(dirname "$object")" ] && [ "${object#/usr}" = "$object" ] && place=/usr$object || place=$object
        mkdir -p "$to$(dirname "$place")"
        if [ -n "$inside" ]; then
            cp -L "$from$($inside readlink -f "$object")" "$to$place"
        else
            cp -L "$object" "$to$place"
        fi
    done
ldconfig -r "$to"
