"""The pages at the size they are made for: 1,818 images with 134,000 releases of 60 packages each.

    python -m bench.web [--requests N] [--small] [--database sqlite|postgresql] [--page docs/speed-web.md]

Starts the portal as in production, once on SQLite and once on PostgreSQL, loads the synthetic catalogue (and the
public one with its charts, where `../shared/data` is) and asks for every page as a signed-in person does, each time
another image, word or filter. A time is what a client on this machine waits for the whole answer; beside it stands
the processor time of the web process, which depends less on what else the machine does. Chromium counts the requests
and bytes of the catalogue's page. Prints a table, and one JSON object on the last line; ends with
status 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.load import cpu_seconds, resident_mb
from bench.report import publish, say, share
from tests.conformance.server import Portal
from tests.servers.databases import postgres
from tests.shared import DATA

#: The highest value of a figure that is good; pages and package query for each database.
TARGETS = {
    "pages_p95_ms": 50,
    "package_query_ms": 100,
    "catalogue_kb_gzip": 60,
    "requests": 6,
    "css_kb_gzip": 15,
}
ENTITLED = 1600
WARM = 8
PACKAGE = "package"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=60, help="of each page")
    parser.add_argument("--small", action="store_true", help="a small catalogue, to try the command out")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--page", type=Path, help="a page to write the table to")
    told = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit("bench: stopped"))
    figures: dict[str, float] = {}
    rows: dict[str, dict[str, Shares]] = {}
    for database in told.database or ("sqlite", "postgresql"):
        found, rows[database] = measure(database, told)
        suffix = "" if database == "sqlite" else f"_{database}"
        figures |= {f"{key}{suffix}": value for key, value in found.items()}
        say(f"so far: {json.dumps(figures)}")
    return report(figures, rows, told.page)


def measure(database: str, told: argparse.Namespace) -> tuple[dict[str, float], dict[str, Shares]]:
    """The figures of one database, and those of each page."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres()) if database == "postgresql" else ""
        portal = stack.enter_context(Portal(url, has_pages=True, MALLOC_ARENA_MAX="2"))
        say(f"{database}: loading")
        began = time.monotonic()
        fill(portal, is_small=told.small)
        if url:
            settle(url)
        loaded = time.monotonic() - began
        cookie = f"assay_session={portal.call('bench.web_stock:session')}"
        times = ask(portal, cookie, told.requests)
        say(f"{database}: asked")
        pages = {name: Shares.of(found) for name, found in times.items()}
        figures = {
            "pages_p95_ms": max(one.p95 for name, one in pages.items() if name != PACKAGE),
            "pages_p50_ms": share([took for found in times.values() for took, _ in found], 0.5),
            "pages_cpu_p50_ms": max(one.cpu for name, one in pages.items() if name != PACKAGE),
            "package_query_ms": pages[PACKAGE].p95,
            "package_query_cpu_ms": pages[PACKAGE].cpu,
            "load_s": round(loaded),
            "web_mb": round(resident_mb(portal.pid)),
            **(weight(portal, cookie) if database == "sqlite" else {}),
        }
    return figures, pages


def fill(portal: Portal, *, is_small: bool) -> None:
    """The synthetic catalogue, and beside it the public one if it is at hand."""
    size = ["--images", "60", "--releases", "600", "--packages", "30"] if is_small else []
    entitled = "50" if is_small else str(ENTITLED)
    say(portal.manage("scale", "synthetic", "--entitled", entitled, *size).splitlines()[-1])
    if (DATA / "catalogue" / "images.jsonl.gz").is_file():
        said = portal.manage("scale", "shared", str(DATA), "--beside", "--entitled", "100")
        say(said.splitlines()[-1])


def settle(url: str) -> None:
    """Have PostgreSQL do at once what it would do in the first hour behind the pages' backs."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def ask(portal: Portal, cookie: str, requests: int) -> dict[str, list[tuple[float, float]]]:
    """Seconds of each request by page, by the clock and of the web process; the pages in turns, one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", portal.port)
    headers = {"Host": portal.host, "Cookie": cookie, "Accept-Encoding": "gzip"}
    found: dict[str, list[tuple[float, float]]] = {}
    for turn, pages in enumerate(addresses(portal, requests + WARM)):
        for name, path in pages.items():
            worked, began = cpu_seconds(portal.pid), time.perf_counter()
            connection.request("GET", f"/acme/{path}", headers=headers)
            answer = connection.getresponse()
            answer.read()
            took = time.perf_counter() - began
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status}\n{portal.log[-2000:]}")
            if turn >= WARM:
                found.setdefault(name, []).append((took, cpu_seconds(portal.pid) - worked))
    connection.close()
    return found


def addresses(portal: Portal, turns: int) -> Iterator[dict[str, str]]:
    """For each turn an address of each page, another one each time."""
    chance, known = random.Random(7), portal.call("bench.web_stock:names")
    words = (
        "gateway",
        "amber",
        "docker.io/bitnami/kelp-relay:7",
        "libx12",
        "gatway",
        "stores events",
        "openssl",
    )
    versions = ("1.1.1-1", "3.5.2-2", "9.9.9-1", "2.41-12")
    for turn in range(turns):
        name, _, tag = chance.choice(known["images"]).partition(":")
        charts = known["charts"]
        image = f"images/{name}/"
        yield {
            "images": f"images/?page={1 + turn % 40}",
            "images searched": f"images/?q={words[turn % len(words)].replace(' ', '+')}",
            "images filtered": f"images/?variant=dev&arch=arm64&life={('supported', 'grace', 'ended')[turn % 3]}&sort=newest",
            "images available": f"images/?access=available&view=cards&page={1 + turn % 6}",
            "available image": f"available/{chance.choice(known['available'])}/",
            "image": image,
            **{f"image {tab}": f"{image}?tab={tab}" for tab in ("tags", "packages", "compare", "verify")},
            "tag": f"repositories/{name}/tags/{tag}/",
            "charts": "charts/",
            "charts searched": f"charts/?q={('redis', 'proxy', 'postgers')[turn % 3]}&sort=newest",
            "wizard base": f"golden/new/base/?q={('', 'gateway', 'amber')[turn % 3]}&page={1 + turn % 4}",
            **({"chart": f"charts/{chance.choice(charts)}/"} if charts else {}),
            PACKAGE: f"packages/?package={('libc6', 'openssl', 'libx7')[turn % 3]}&below={versions[turn % 4]}&older=1",
            "api images": f"api/v1/images/?page={1 + turn % 3}",
        }


def weight(portal: Portal, cookie: str) -> dict[str, float]:
    """What the catalogue's page costs a browser that comes for the first time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = browser.new_context()
        name, _, value = cookie.partition("=")
        address = f"http://{portal.host}/"
        context.add_cookies([{"name": name, "value": value, "url": address}])
        page, answers = context.new_page(), []
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  playwright takes no built-in
        page.goto(f"{address}acme/images/", wait_until="networkidle")
        of_page = [one for one in answers if not one.url.endswith(".svg")]  # the icon: once a host
        sizes = {
            one.url: len(gzip.compress(one.body())) / 1000
            for one in of_page
            if not one.url.endswith(".woff2")
        }
        browser.close()
    return {
        "catalogue_kb_gzip": round(sum(sizes.values()), 1),
        "requests": len(of_page),
        "css_kb_gzip": round(sum(size for url, size in sizes.items() if ".css" in url), 1),
    }


@dataclass(frozen=True, slots=True)
class Shares:
    """Milliseconds of one page: by the clock, and the median of the web process's work."""

    p50: float
    p95: float
    cpu: float

    @classmethod
    def of(cls, times: list[tuple[float, float]]) -> Shares:
        took, worked = ([one[place] for one in times] for place in (0, 1))
        return cls(share(took, 0.5), share(took, 0.95), share(worked, 0.5))

    def __str__(self) -> str:
        return f"{self.p50}, {self.p95}, {self.cpu}"


def report(figures: dict[str, float], rows: dict[str, dict[str, Shares]], page: Path | None) -> int:
    """Print the table and the JSON line, and write the table to `page`; 1 when a target is missed."""
    missed = [
        key for key, value in figures.items() if value > TARGETS.get(key.removesuffix("_postgresql"), value)
    ]
    return publish("web", figures, table(figures, rows, missed), missed, page)


def table(figures: dict[str, float], rows: dict[str, dict[str, Shares]], missed: list[str]) -> str:
    """In Markdown: each page in milliseconds, then the figures."""
    lines = [
        "| page | " + " | ".join(f"{name} p50, p95, cpu" for name in rows) + " |",
        "|---" * (1 + len(rows)) + "|",
    ]
    for name in next(iter(rows.values())):
        cells = [str(found[name]) for found in rows.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", "| figure | measured | target |", "|---|---|---|"]
    for key, value in figures.items():
        most = TARGETS.get(key.removesuffix("_postgresql"))
        target = f"at most {most}{', missed' if key in missed else ''}" if most else ""
        lines.append(f"| `{key}` | {value} | {target} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
