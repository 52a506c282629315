"""What is said to a database after its chart is installed, and what it must still know after the upgrade."""

from __future__ import annotations

SECRET, PASSWORD = "database", "it's a $ecret"
_PSQL = (
    """PGPASSWORD="it's a \\$ecret" /usr/lib/postgresql/17/bin/psql -h "$POD" -U postgres -d postgres -Atc """
)

_MAKE = (
    'mariadb --user=mysql -e "CREATE DATABASE kept; CREATE TABLE kept.t SELECT 42 AS n;'
    " CREATE USER app IDENTIFIED BY 'p'; GRANT ALL ON kept.* TO app\""
)

#: By chart: what to run in its pod ($POD is its address) after install and after upgrade, and what the last must print.
SPOKEN: dict[str, tuple[str, str, str]] = {
    "postgres": (
        f'{_PSQL}"create table kept as select 42 as n"',
        f'{_PSQL}"select n from kept"',
        "42",
    ),
    "mariadb": (
        _MAKE,
        'mariadb --protocol=tcp --skip-ssl -h "$POD" -u app -pp -Nse "select n from kept.t"',
        "42",
    ),
}
