#!/bin/sh
# base.sh FILE: make the sandbox's root file system as a tar file from Debian's packages, where no image can be pulled.
# Needs root and debootstrap; a second argument names the mirror, if not the usual one. Times stay as packaged: each .pyc
# knows the time of its source.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT INT TERM
packages=$(tr '\n' ',' <"$here/packages.txt")
debootstrap --variant=minbase --include="${packages%,}" bookworm "$work/debian" ${2:-}
sh "$here/shrink.sh" "$work/debian" "$work/tree"
tar -C "$work/tree" --sort=name --numeric-owner --owner=0 --group=0 -cf "$1" .
