#!/usr/bin/env bash
# Makes the virtual environment: `python.sh base` for the product, `python.sh dev` for its tests as well.
# A stamp with the hash of the locked requirements makes a second run a matter of milliseconds.
set -euo pipefail
cd "$(dirname "$0")/../.."

set_name="${1:-base}"
lock="requirements/$set_name.txt"
stamp=".venv/assay-$set_name.sha256"
wanted=$(sha256sum <"$lock")
is_done() { [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; }
is_done && exit 0

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "setup: Python 3.11 or newer is needed; python3 here is $(python3 --version)" >&2
    exit 1
}
# Two makes at once: the second waits for the first, and then has nothing to do.
mkdir -p var
exec 9>var/.setup.lock
flock 9
is_done && exit 0

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    echo "setup: making the virtual environment"
    rm -rf .venv # one that was cut short has no pip
    python3 -m venv .venv
fi
# Taken from the lock, so that uv itself is the reviewed version.
uv_pin=$(grep -Eo '^uv==[^ ]+' requirements/dev.txt)
.venv/bin/python -m pip install -q --disable-pip-version-check "$uv_pin"
echo "setup: installing the locked requirements ($set_name)"
# uv reads none of pip's configuration; a machine that has a mirror configured for pip keeps it.
index=$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)
export SSL_CERT_FILE="${SSL_CERT_FILE:-${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}}"
[ -n "${PIP_INDEX_URL:-$index}" ] && export UV_DEFAULT_INDEX="${PIP_INDEX_URL:-$index}"
[ -n "${PIP_FIND_LINKS:-}" ] && export UV_FIND_LINKS="${UV_FIND_LINKS:-$PIP_FIND_LINKS}"
VIRTUAL_ENV="$PWD/.venv" .venv/bin/python -m uv pip install -q --require-hashes -r "$lock"
echo "$wanted" >"$stamp"
