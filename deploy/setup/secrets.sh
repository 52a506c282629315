#!/usr/bin/env bash
# Writes the secrets a new place needs into var/secrets, readable by their owner only. Keeps what is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
umask 077
secrets="${ASSAY_VAR:-var}/secrets"
mkdir -p "$secrets"
[ -s "$secrets/secret_key" ] || .venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(50))' >"$secrets/secret_key"
