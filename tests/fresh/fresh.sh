#!/usr/bin/env bash
# Proves that set-up is complete: README's two commands in a bare Debian 12 root that has git, make and
# the certificates, and nothing of ours.
#
#   tests/fresh/fresh.sh [root|sudo] [setup|demo|all]
#
# First word: run as root, or as an ordinary user with sudo whose clone has a space in its path.
# Second word: how far to go. Takes the commit that is checked out; what is not committed is not tried.
# Whatever this machine needs to reach its mirrors is handed on: apt's sources and proxy, its certificates,
# and pip's and Go's variables. Needs root itself (mounts), and mmdebstrap.
set -euo pipefail
cd "$(dirname "$0")/../.."
who="${1:-root}" how_far="${2:-all}"
here="$PWD"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/assay/fresh"
SUITE=bookworm

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -E "$@"; fi; }

apt_sources() {
    find /etc/apt/sources.list /etc/apt/sources.list.d -type f \( -name '*.list' -o -name '*.sources' \) 2>/dev/null |
        xargs -r -d '\n' grep -lE "^[^#]*\b$SUITE\b" | sort
}

bare_root() { # the path of a tar of the bare root, made once for each state of apt's sources
    local sources key tar
    mapfile -t sources < <(apt_sources)
    [ ${#sources[@]} -gt 0 ] || { echo "fresh: apt here has no sources of $SUITE" >&2; return 1; }
    key=$(cat "${sources[@]}" "$here/tests/fresh/fresh.sh" | sha256sum | cut -c1-12)
    tar="$cache/$SUITE-$key.tar"
    if [ ! -s "$tar" ]; then
        echo "fresh: making a bare $SUITE root (once a machine)" >&2
        mkdir -p "$cache"
        as_root mmdebstrap --quiet --variant=minbase --include=git,make,ca-certificates,sudo \
            "$SUITE" "$tar.partial.tar" "${sources[@]}" >&2
        mv "$tar.partial.tar" "$tar"
    fi
    echo "$tar"
}

hand_on() { # lines of NAME=value that the inside needs to reach what this machine reaches
    local name index
    for name in PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_DEFAULT_TIMEOUT UV_DEFAULT_INDEX UV_FIND_LINKS \
        GOPROXY GOSUMDB GONOSUMDB http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
        [ -n "${!name:-}" ] && printf '%s=%s\n' "$name" "${!name}"
    done
    index=$(python3 -m pip config get global.index-url 2>/dev/null || true)
    [ -z "${PIP_INDEX_URL:-}" ] && [ -n "$index" ] && printf 'PIP_INDEX_URL=%s\n' "$index"
    # Tools that carry certificates of their own are pointed at the root's, as they are on this machine.
    for name in PIP_CERT SSL_CERT_FILE REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS; do
        [ -n "${!name:-}" ] && printf '%s=/etc/ssl/certs/ca-certificates.crt\n' "$name"
    done
    return 0
}

command -v mmdebstrap >/dev/null ||
    as_root apt-get -q -y --no-install-recommends install mmdebstrap </dev/null >/dev/null
tar=$(bare_root)
mkdir -p "$cache"
root=$(as_root mktemp -d "$cache/root.XXXXXX")
trap 'as_root rm -rf --one-file-system "$root"' EXIT
as_root tar -C "$root" --exclude='./dev/*' -xf "$tar"
as_root cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
as_root cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
apt-config dump Acquire::http::Proxy Acquire::https::Proxy | as_root tee "$root/etc/apt/apt.conf.d/90machine" >/dev/null
as_root git -c safe.directory='*' clone -q --bare --no-hardlinks . "$root/srv/assay.git"
as_root cp tests/fresh/newcomer.sh "$root/srv/"
hand_on | as_root tee "$root/srv/environment" >/dev/null

# A mount and process namespace of its own, and a root that is really changed (in a mere chroot no user
# namespace may be made). When this ends, however it ends, the kernel ends everything inside.
as_root env -i TERM="${TERM:-dumb}" PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    unshare --mount --pid --fork --kill-child --propagation private \
    bash -ec '
        mount --bind "$1" "$1"; cd "$1"
        mount -t proc proc proc; mount --rbind /sys sys; mount --rbind /dev dev
        finds=$(sed -n "s/^PIP_FIND_LINKS=//p" srv/environment)
        if [ -d "$finds" ]; then mkdir -p ".$finds"; mount --bind "$finds" ".$finds"; fi
        mkdir .machine; pivot_root . .machine; umount -l /.machine; rmdir /.machine
        exec bash /srv/newcomer.sh "$2" "$3"' fresh "$root" "$who" "$how_far"
