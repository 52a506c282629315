{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "mariadb.facts" -}}
port: 3306
probe: {tcpSocket: {port: main}}
scratch: [/tmp, /run/mysqld]
data: /var/lib/mysql
group: 969
prepare:
  - /bin/sh
  - -ec
  - |
    test ! -d /var/lib/mysql/mysql || exit 0
    exec /usr/bin/mariadb-install-db --datadir=/var/lib/mysql --skip-test-db \
      --auth-root-authentication-method=socket --auth-root-socket-user=mysql
{{- end -}}
