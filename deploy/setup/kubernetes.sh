#!/usr/bin/env bash
# Builds the programs of a one-node Kubernetes from the Go module proxy into a cache outside the repository, so that
# images are tested and charts are installed on the thing itself.
#
#   deploy/setup/kubernetes.sh             build what is missing (once a machine, about ten minutes)
#   deploy/setup/kubernetes.sh --list      every program with its version
#
# What runs the containers comes from Debian.
set -euo pipefail
cd "$(dirname "$0")"

CACHE="${ASSAY_KUBERNETES:-${XDG_CACHE_HOME:-$HOME/.cache}/assay/kubernetes}"
MINOR=36.3 # v1.$MINOR is the release, v0.$MINOR its libraries
ETCD=v3.6.16
PROGRAMS='kubectl kubelet kube-scheduler kube-controller-manager kube-apiserver'
# The release's own go.mod takes these from its tree; outside it each one is a module of its own.
STAGING='api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap
    code-generator component-base component-helpers controller-manager cri-api cri-client cri-streaming
    csi-translation-lib dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator
    kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics mount-utils pod-security-admission
    sample-apiserver sample-cli-plugin sample-controller streaming'

list() {
    echo "etcd $ETCD"
    for name in $PROGRAMS; do echo "$name v1.$MINOR"; done
}

is_built() { [ -x "$CACHE/$1-$2" ]; }

keep() { # the built file $1 as program $2 of version $3, all of it or nothing
    mv "$1" "$CACHE/$2-$3"
}

module() { # makes the folder $1 a module named $2
    mkdir -p "$1" && (cd "$1" && "$go" mod init "$2" >/dev/null 2>&1)
}

build_etcd() {
    local path=go.etcd.io/etcd/server/v3
    module "$work/etcd" etcd.local
    (cd "$work/etcd" && "$go" get -tool "$path@$ETCD" && "$go" build -ldflags '-s -w' -o "$work/built" "$path")
    keep "$work/built" etcd "$ETCD"
}

kubernetes_module() {
    module "$work/kubernetes" kubernetes.local
    (
        cd "$work/kubernetes"
        for name in $STAGING; do "$go" mod edit -replace="k8s.io/$name=k8s.io/$name@v0.$MINOR"; done
        for name in $PROGRAMS; do "$go" get -tool "k8s.io/kubernetes/cmd/$name@v1.$MINOR"; done
    )
}

build_program() {
    local name="$1" version="v1.$MINOR" flags='-s -w' package
    # Without a version of their own, clients cannot parse what the server says it is.
    for package in component-base client-go/pkg; do flags+=" -X k8s.io/$package/version.gitVersion=$version"; done
    (cd "$work/kubernetes" && "$go" build -ldflags "$flags" -o "$work/built" "k8s.io/kubernetes/cmd/$name")
    keep "$work/built" "$name" "$version"
}

build_missing() {
    local name missing=()
    is_built etcd "$ETCD" || missing+=(etcd)
    for name in $PROGRAMS; do is_built "$name" "v1.$MINOR" || missing+=("$name"); done
    [ ${#missing[@]} -eq 0 ] && return
    go=$(./go.sh "$CACHE/go-toolchain")
    export CGO_ENABLED=0 GOFLAGS='-trimpath'
    work=$(mktemp -d "$CACHE/building.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    for name in "${missing[@]}"; do
        echo "kubernetes: building $name (once a machine)"
        if [ "$name" = etcd ]; then build_etcd; continue; fi
        [ -e "$work/kubernetes/go.mod" ] || kubernetes_module
        build_program "$name"
    done
}

if [ "${1:-}" = --list ]; then list; exit; fi
./packages.sh kubernetes
mkdir -p "$CACHE"
exec 9>"$CACHE/.lock" # two at once: the second waits for the first, and then has nothing to do
flock 9
build_missing
list | while read -r name version; do ln -sfn "$name-$version" "$CACHE/$name"; done
echo "kubernetes: v1.$MINOR with etcd $ETCD ready"
