"""What is said to a chart's program after it is installed, and what it must still know after the upgrade.

And what its upgrade sets, so that the values that matter are seen to do what they say on a real node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SECRET, PASSWORD = "database", "it's a $ecret"
_IN_SHELL = PASSWORD.replace("$", "\\$")


@dataclass(frozen=True, slots=True)
class Spoken:
    """Programs with arguments, `{pod}` being the pod's address: one after install, one after upgrade, what that prints."""

    first: tuple[str, ...]
    then: tuple[str, ...]
    answer: str


def _kept_by(client: str) -> Spoken:
    """Of a data store whose client finds the password in its environment."""
    return Spoken((client, "set", "kept", "42"), (client, "get", "kept"), "42")


def _psql(statement: str) -> tuple[str, ...]:
    program = f'PGPASSWORD="{_IN_SHELL}" /usr/lib/postgresql/17/bin/psql -h {{pod}} -U postgres -d postgres'
    return "/bin/sh", "-c", f'{program} -Atc "{statement}"'


def _mariadb(statement: str) -> tuple[str, ...]:
    program = f'mariadb --protocol=tcp --skip-ssl -h {{pod}} -u root -p"{_IN_SHELL}"'
    return "/bin/sh", "-c", f'{program} -Nse "{statement}"'


#: By chart. Databases are spoken to over the network with the password that their secret gave them.
SPOKEN: dict[str, Spoken] = {
    "postgres": Spoken(_psql("create table kept as select 42 as n"), _psql("select n from kept"), "42"),
    "mariadb": Spoken(
        _mariadb("create database kept; create table kept.t select 42 as n"),
        _mariadb("select n, @@innodb_buffer_pool_size >> 20 from kept.t"),
        "42\t64",
    ),
    "redis": _kept_by("/usr/bin/redis-cli"),
    "valkey": _kept_by("/usr/bin/valkey-cli"),
}

#: By chart, beside what every upgrade sets.
FILES: dict[str, dict[str, str]] = {
    "nginx": {"/usr/share/nginx/html/index.html": "served out of the values\n"},
    "mariadb": {"/etc/my.cnf": "[mariadbd]\ninnodb_buffer_pool_size = 64M\n"},
}


def upgraded(chart: str, *, keeps: bool) -> dict[str, Any]:
    """Values of the upgrade."""
    return {
        "env": {"UPGRADED": "yes"},
        "files": {"/etc/assay/note.txt": "upgraded\n", **FILES.get(chart, {})},
        "secretFiles": {"/etc/assay/secret.txt": {"secret": SECRET, "key": "password"}},
        "networkPolicy": {"enabled": True},
        "replicaCount": 1 if keeps else 2,
    }
