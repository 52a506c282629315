#!/usr/bin/env bash
# What a newcomer does, inside the bare root; `fresh.sh` starts it there. $1: root or sudo; $2: setup, demo or all.
set -euo pipefail
who="$1" how_far="$2"

if [ "${3:-}" != inside ]; then
    update-ca-certificates >/dev/null 2>&1
    set -a
    . /srv/environment
    set +a
    home=/root run=()
    if [ "$who" = sudo ]; then
        useradd --create-home --shell /bin/bash newcomer
        echo 'newcomer ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/newcomer
        home=/home/newcomer
        run=(setpriv --reuid newcomer --regid newcomer --init-groups)
    fi
    git config --system safe.directory '*'
    exec env HOME="$home" USER="$(basename "$home")" LANG=C.UTF-8 "${run[@]}" bash "$0" "$who" "$how_far" inside
fi

seconds() { echo "$(($(date +%s) - $1)) s"; }
place="$HOME/assay"
[ "$who" = sudo ] && place="$HOME/my assay"
git clone -q /srv/assay.git "$place"
cd "$place"

if [ "$how_far" = setup ]; then
    began=$(date +%s)
    make setup
    echo "fresh: make setup as $who took $(seconds "$began")"
    exit
fi

began=$(date +%s)
set -m # a process group of its own, which hears Ctrl-C
make demo >"$HOME/demo.log" 2>&1 &
demo=$!
set +m
trap 'kill -INT -- -$demo 2>/dev/null || true; cat "$HOME/demo.log"' ERR
until [ -s var/demo.json ]; do
    kill -0 "$demo"
    sleep 0.5
done
echo "fresh: address printed after $(seconds "$began")"
.venv/bin/python -m bench.pulling var/demo.json
echo "fresh: first image pulled after $(seconds "$began")"
until grep -q 'catalogue is complete' "$HOME/demo.log"; do
    [ "$(($(date +%s) - began))" -lt 600 ]
    sleep 1
done
echo "fresh: catalogue complete after $(seconds "$began")"
kill -INT -- "-$demo"
wait "$demo" || true # make says that it was interrupted
trap - ERR
cat "$HOME/demo.log"
grep -q 'demo: stopped' "$HOME/demo.log"
if grep -q 'queued again' "$HOME/demo.log"; then exit 1; fi # nothing here may need a second attempt
[ "$how_far" = demo ] && exit

began=$(date +%s)
make test
echo "fresh: make test as $who took $(seconds "$began")"
