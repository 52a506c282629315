#!/usr/bin/env bash
# Compiles the catalogues of translated texts that are newer than what was compiled before: gettext's msgfmt, which
# checks them as well. Nothing to do costs milliseconds.
set -euo pipefail
cd "$(dirname "$0")/../.."

for source in portal/locale/*/LC_MESSAGES/django.po; do
    compiled="${source%.po}.mo"
    [ "$compiled" -nt "$source" ] && continue
    made=$(mktemp "$compiled.XXXXXX") # two at once, or one that is read meanwhile: never half a file
    msgfmt --check-format --output-file="$made" "$source" || { rm -f "$made"; exit 1; }
    chmod 644 "$made"
    mv "$made" "$compiled"
done
