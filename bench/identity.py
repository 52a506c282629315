"""Tenants, people and machines at size: 5,000 tenants with 100,000 members, on SQLite and on PostgreSQL.

    python -m bench.identity [--small] [--page PAGE]

Each request is for another tenant, so that the web process remembers none of them. Pages and tokens are asked over
HTTP of the server as it runs in production, one after another; the other figures are taken in a process of the portal.
Sign-ins through a directory take turns with bare binds to the same slapd; the ratio is the median of each pair's.
`cpu` is processor time: what a machine that does nothing else would take at the least. Prints a table, and one JSON
object on the last line. Ends with status 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import base64
import signal
import statistics
import sys
from pathlib import Path

from bench.load import Target, cpu_seconds, seconds_of_each
from bench.report import publish, say, share
from tests.conformance.server import Portal
from tests.servers.databases import postgres

#: The highest value that is good, of the 95th of a hundred in milliseconds; without one it is for information.
TARGETS = {"tenant_lookup_p95_ms": 5, "token_p95_ms": 20, "ldap_login_vs_bind": 3}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="fewer tenants, to try the command out")
    parser.add_argument("--page", type=Path, help="a page to write the table to")
    told = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit("bench: stopped"))
    tenants, members = (100, 20) if told.small else (5000, 20)
    figures: dict[str, float] = {"tenants": tenants, "members": tenants * members}
    figures |= measure("", tenants, members)
    with postgres() as url:
        figures |= {f"{key}_postgresql": value for key, value in measure(url, tenants, members).items()}
    return report(figures, told.page)


def measure(database: str, tenants: int, members: int) -> dict[str, float]:
    environ = {
        "BENCH_TENANTS": str(tenants),
        "BENCH_MEMBERS": str(members),
        "ASSAY_DIRECTORY_ALLOWED_NETWORKS": "127.0.0.0/8",
        "MALLOC_ARENA_MAX": "2",
    }
    with Portal(database, has_pages=True, **environ) as portal:
        say(f"{tenants} tenants with {tenants * members} members, {'PostgreSQL' if database else 'SQLite'}")
        some = portal.call("bench.identity_stock:fill")
        asked = portal.call("bench.identity_stock:ask")
        say("pages and tokens")
        figures = over_http(portal, some)
        say("sign-ins through a directory")
        pairs = portal.call("bench.identity_stock:sign_in_by_directory")
    for key, found in asked.items():
        seconds, worked = (list(each) for each in zip(*found, strict=True))
        figures |= {f"{key}_p95_ms": share(seconds, 0.95), f"{key}_p50_ms": share(seconds, 0.5)}
        figures[f"{key}_cpu_p95_ms"] = share(worked, 0.95)
    whole, bare = zip(*pairs, strict=True)
    return figures | {
        "ldap_login_vs_bind": round(statistics.median(one / other for one, other in pairs), 2),
        "ldap_login_p50_ms": share(list(whole), 0.5),
        "ldap_bind_p50_ms": share(list(bare), 0.5),
    }


def over_http(portal: Portal, some: list[list[str]]) -> dict[str, float]:
    """The sign-in page and the token of each of these tenants, and the processor time of the server for one."""
    wanted = {
        "sign_in_page": [Target(portal.port, "/accounts/login/", {"Host": host}) for host, _ in some],
        "token": [
            Target(portal.port, "/auth/token?scope=repository:app:pull", _headers(*one)) for one in some
        ],
    }
    figures: dict[str, float] = {}
    for key, targets in wanted.items():
        began = cpu_seconds(portal.pid)
        seconds = seconds_of_each(targets)
        figures |= {f"{key}_p95_ms": share(seconds, 0.95), f"{key}_p50_ms": share(seconds, 0.5)}
        figures[f"{key}_cpu_mean_ms"] = round((cpu_seconds(portal.pid) - began) / len(targets) * 1000, 2)
    return figures


def _headers(host: str, secret: str) -> dict[str, str]:
    return {"Host": host, "Authorization": "Basic " + base64.b64encode(f"ci:{secret}".encode()).decode()}


def report(figures: dict[str, float], page: Path | None) -> int:
    """Print the table and the JSON line, and write the table to `page`; 1 when a target is missed."""
    missed = [key for key, value in figures.items() if value > _target(key, value)]
    return publish("identity", figures, table(figures, missed), missed, page)


def table(figures: dict[str, float], missed: list[str]) -> str:
    """In Markdown: one row a figure, SQLite beside PostgreSQL."""
    rows = ["| figure | SQLite | PostgreSQL | target |", "|---|---|---|---|"]
    for key, value in figures.items():
        other = f"{key}_postgresql"
        if other not in figures:
            continue
        words = f"at most {TARGETS[key]}" if key in TARGETS else ""
        if {key, other} & set(missed):
            words += ", missed"
        rows.append(f"| `{key}` | {value} | {figures[other]} | {words} |")
    return "\n".join(rows) + "\n"


def _target(key: str, otherwise: float) -> float:
    return TARGETS.get(key.removesuffix("_postgresql"), otherwise)


if __name__ == "__main__":
    sys.exit(main())
