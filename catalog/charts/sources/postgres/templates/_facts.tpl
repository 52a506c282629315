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
    test ! -s "$PGDATA/PG_VERSION" || exit 0
    set -- --pgdata "$PGDATA" --encoding UTF8 --locale C.UTF-8 --auth-local peer --auth-host scram-sha-256
    if test -n "$PASSWORD_FILE"; then set -- "$@" --pwfile "$PASSWORD_FILE"; fi
    /usr/lib/postgresql/17/bin/initdb "$@"
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
{{- end -}}
