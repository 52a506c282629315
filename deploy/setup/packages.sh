#!/usr/bin/env bash
# Installs the Debian packages that are missing: `packages.sh run` for the product, `packages.sh test` for
# everything its tests use as well. Asks nothing; uses sudo when not root.
set -euo pipefail

RUN='python3-venv python3-dev gcc libldap2-dev libsasl2-dev gettext gpgv debian-archive-keyring ca-certificates
     runc'
TEST="$RUN slapd ldap-utils redis-server postgresql skopeo umoci chromium wrk nginx-light openssl"

case "${1:-run}" in
    run) wanted=$RUN ;;
    test) wanted=$TEST ;;
    *) echo "usage: packages.sh run|test" >&2; exit 2 ;;
esac

missing=()
for name in $wanted; do
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# Servers are started by the tests themselves on free ports; Debian's own units stay down.
as_root apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null
as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends install "${missing[@]}" </dev/null >/dev/null
