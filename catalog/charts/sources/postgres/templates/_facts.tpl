{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "postgres.facts" -}}
port: 5432
probe: {exec: {command: [/usr/lib/postgresql/17/bin/pg_isready, --quiet, --host=127.0.0.1]}}
scratch: [/tmp, /run/postgresql]
data: /var/lib/postgresql
group: 970
takesPassword: true
prepare:
  - /bin/sh
  - -ec
  - |
    if test -s /var/lib/postgresql/.filling; then
      echo "An earlier start was cut off while it filled this volume. Nothing is in it yet: delete its claim and its pod." >&2
      exit 1
    fi
    test ! -s "$PGDATA/PG_VERSION" || exit 0
    echo yes > /var/lib/postgresql/.filling
    set -- --pgdata "$PGDATA" --encoding UTF8 --locale C.UTF-8 --auth-local peer --auth-host scram-sha-256
    if test -n "$PASSWORD_FILE"; then set -- "$@" --pwfile "$PASSWORD_FILE"; fi
    /usr/lib/postgresql/17/bin/initdb "$@"
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    : > /var/lib/postgresql/.filling
{{- end -}}
