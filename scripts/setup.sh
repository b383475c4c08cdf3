#!/usr/bin/env bash
# Makes .venv with LearnFlow in it: setup.sh [EXTRA,EXTRA…]. Does nothing when it is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
extras="${1:-}"
venv=.venv

say() { printf '\033[36m▸\033[0m %s\n' "$*"; }
fail() { printf '\033[31m✗ %s\033[0m\n' "$*" >&2; exit 1; }

stamp="$venv/.ready-${extras:-base}-$(cat pyproject.toml constraints.txt scripts/setup.sh | cksum | cut -d' ' -f1)"
[ -e "$stamp" ] && exit 0

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null &&
      { echo "$candidate"; return; }
  done
  fail "LearnFlow needs Python 3.11, 3.12 or 3.13 (on Debian and Ubuntu: apt-get install python3 python3-venv)."
}

if [ ! -x "$venv/bin/python" ]; then
  python=$(find_python)
  say "making $venv with $($python --version)"
  rm -rf "$venv"
  "$python" -m venv "$venv" 2>/dev/null ||
    { rm -rf "$venv"; fail "$python cannot make environments (on Debian and Ubuntu: apt-get install python3-venv)."; }
fi
pip() { "$venv/bin/python" -m pip --disable-pip-version-check -q "$@"; }
[ -x "$venv/bin/uv" ] || { say "fetching the installer (uv)"; pip install -c constraints.txt uv 2> >(grep -v '^WARNING: Location' >&2); }

# uv does not read pip's configuration; a machine that was told where its packages are should not have to be told twice
setting() { "$venv/bin/python" -m pip config list 2>/dev/null | sed -n "s/^[^.]*\.$1='\(.*\)'$/\1/p" | tail -n 1; }
export UV_FIND_LINKS="${UV_FIND_LINKS:-$(setting find-links | tr ' ' ',')}"
index=$(setting index-url); [ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
[ -n "$UV_FIND_LINKS" ] || unset UV_FIND_LINKS
uv() { VIRTUAL_ENV="$PWD/$venv" "$venv/bin/uv" "$@"; }

# PyPI's torch for Linux brings gigabytes of CUDA with it. Ask for a CPU build first, and never take the other unasked.
torch=$(grep '^torch==' constraints.txt)
has_torch() { "$venv/bin/python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)'; }
if ! has_torch; then
  say "installing a CPU build of $torch"
  if [ "$(uname -s)" != Linux ] || [ "${LEARNFLOW_TORCH:-cpu}" = any ]; then
    uv pip install -q -c constraints.txt "$torch"
  elif [ -n "${UV_FIND_LINKS:-}" ] && uv pip install -q --no-index --no-deps "$torch" 2>/dev/null; then
    :
  elif ! uv pip install -q --torch-backend cpu -c constraints.txt "$torch"; then
    fail "No CPU build of torch could be had. Give a folder that holds one (UV_FIND_LINKS=…), or accept the build of
  your package index, which may be several gigabytes on Linux: LEARNFLOW_TORCH=any make run"
  fi
fi

say "installing LearnFlow${extras:+ with $extras}"
uv pip install -q -c constraints.txt -e ".${extras:+[$extras]}"
rm -f "$venv"/.ready-"${extras:-base}"-*
touch "$stamp"
