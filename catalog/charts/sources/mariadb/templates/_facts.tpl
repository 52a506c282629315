{{/* What the image is like; the other templates are the same for every chart. */}}
{{- define "mariadb.facts" -}}
port: 3306
probe: {tcpSocket: {port: main}}
scratch: [/tmp, /run/mysqld]
data: /var/lib/mysql
group: 969
takesPassword: true
prepare:
  - /bin/sh
  - -ec
  - |
    cd /var/lib/mysql
    if test -s .filling; then
      echo "An earlier start was cut off while it filled this volume; it is filled anew." >&2
      rm -rf -- * || true
    fi
    test ! -d mysql || exit 0
    echo yes > .filling
    /usr/bin/mariadb-install-db --datadir=/var/lib/mysql --skip-test-db \
      --auth-root-authentication-method=socket --auth-root-socket-user=mysql
    if test -n "$PASSWORD_FILE"; then
      password=$(sed -e 's/\\/\\\\/g' -e "s/'/''/g" "$PASSWORD_FILE")
      /usr/sbin/mariadbd --bootstrap --datadir=/var/lib/mysql --skip-log-error <<SQL
    FLUSH PRIVILEGES;
    CREATE USER root@'%' IDENTIFIED BY '$password';
    GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
    SQL
    fi
    : > .filling
{{- end -}}
