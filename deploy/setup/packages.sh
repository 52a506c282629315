#!/usr/bin/env bash
# Installs the Debian packages that are missing: `packages.sh run` for the product, `packages.sh test` for
# everything its tests use as well, `packages.sh directory` for the demonstration's LDAP server,
# `packages.sh node` for the clients that come from npm, `packages.sh kubernetes` for what a node runs.
# Asks nothing; uses sudo when not root.
set -euo pipefail

# uidmap: workers without root start their sandboxes with subordinate user ids.
RUN='python3 python3-venv python3-dev gcc libc6-dev libldap2-dev libsasl2-dev gettext gpgv
     debian-archive-keyring ca-certificates runc uidmap'
DIRECTORY="$RUN slapd"
TEST="$DIRECTORY dnsmasq-base ldap-utils redis-server postgresql skopeo umoci chromium openssl procps curl
      nginx-light podman buildah containerd docker-registry"

case "${1:-run}" in
    run) wanted=$RUN ;;
    directory) wanted=$DIRECTORY ;;
    test) wanted=$TEST ;;
    bench) wanted="$TEST wrk mmdebstrap buildah" ;; # load, and peers
    node) wanted='nodejs npm' ;;
    kubernetes) wanted='runc containerd containernetworking-plugins iproute2 gcc libc6-dev openssl' ;;
    *) echo "usage: packages.sh run|directory|test|bench|node|kubernetes" >&2; exit 2 ;;
esac

missing=()
for name in $wanted; do
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "setup: these packages are missing: ${missing[*]}" >&2
        echo "setup: run this as root once, or install sudo" >&2
        exit 1
    fi
}

log=$(mktemp)
quietly() { # what apt says is shown only when it fails
    if ! as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "$@" </dev/null >"$log" 2>&1; then
        cat "$log" >&2
        echo "setup: apt could not install: ${missing[*]}" >&2
        exit 1
    fi
}
trap 'rm -f "$log"' EXIT

echo "setup: installing ${missing[*]}"
# Servers are started by the tests themselves on free ports; Debian's own units stay down.
quietly apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update
quietly apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 --no-install-recommends install "${missing[@]}"
