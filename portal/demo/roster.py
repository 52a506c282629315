"""Which processes the demo has, and how each is started. Not in charge of keeping them up (`supervisor`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from portal.demo.ports import LOOPBACK
from portal.demo.processes import Program

THREADS = 16
#: What the demo builds; `make catalogue` builds the rest of the starter catalogue too.
FIRST = ("static", "base", "python", "nginx", "redis", "node", "openjdk-jre", "postgres")
#: The two tenants hold different parts of the starter catalogue; "*" is all of it.
ENTITLED = {"acme": ("*",), "globex": ("static", "base", "python", "nginx")}


def programs(*, place: Path, port: int, workers: int = 1) -> list[Program]:
    """The lasting processes, in the order in which they start: the web first, since people wait for it."""
    shared = _shared(place, port)
    return [
        Program("web", web(port), {**shared, "ASSAY_ROLE": "web"}),
        Program("signer", _celery("signer", "signing"), {**shared, "ASSAY_ROLE": "signer"}),
        *(
            Program(name, _celery(name, "builds"), {**shared, "ASSAY_ROLE": "worker", **_no_database()})
            for name in ["worker", *(f"worker-{number}" for number in range(2, workers + 1))]
        ),
        Program("scheduler", _scheduler(place), {**shared, "ASSAY_ROLE": "scheduler"}),
    ]


def starter(*, place: Path, port: int, images: Iterable[str] = FIRST) -> Program:
    """Fetches the package index, offers starter images and orders those that are not built yet."""
    chosen = [f"--image={name}" for name in images]
    return Program(
        "starter",
        [sys.executable, "manage.py", "starter", *_entitlements(), *chosen],
        {**_shared(place, port), "ASSAY_ROLE": "scheduler"},
        is_lasting=False,
    )


def _entitlements() -> Iterator[str]:
    for slug, images in ENTITLED.items():
        yield f"--entitle={slug}={','.join(images)}"


def _shared(place: Path, port: int) -> dict[str, str]:
    host = f"localhost:{port}"
    return {
        "ASSAY_VAR": str(place),
        "ASSAY_PORTAL_HOST": host,
        "ASSAY_INTERNAL_URL": f"http://{host}",
        # The demo's directory listens on loopback, which is refused unless the operator says otherwise.
        "ASSAY_DIRECTORY_ALLOWED_NETWORKS": os.environ.get(
            "ASSAY_DIRECTORY_ALLOWED_NETWORKS", "127.0.0.0/8,::1/128"
        ),
        "PYTHONUNBUFFERED": "1",
        # Many threads would otherwise each keep an arena of freed memory.
        "MALLOC_ARENA_MAX": "2",
    }


def _no_database() -> dict[str, str]:
    return {name: "" for name in ("DATABASE_URL", "SECRET_KEY") if name in os.environ}


def web(port: int, *, workers: int = 1) -> list[str]:
    """The web process, as it is measured in docs/speed.md."""
    options = {
        "--interface": "wsgi",
        "--host": LOOPBACK,
        "--port": str(port),
        "--workers": str(workers),
        "--blocking-threads": str(THREADS),
        "--backlog": "512",
        "--workers-kill-timeout": "3",
    }
    return [sys.executable, "-m", "granian", *_flat(options), "--no-ws", "portal.wsgi:application"]


def _celery(name: str, queue: str) -> list[str]:
    options = {"-Q": queue, "--pool": "solo", "--hostname": f"{name}@localhost", "--loglevel": "INFO"}
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [sys.executable, "-m", "celery", "-A", "portal", "worker", *_flat(options), *quiet]


def _scheduler(place: Path) -> list[str]:
    return [*_celery("scheduler", "platform"), "--beat", "--schedule", str(place / "run" / "beat-schedule")]


def _flat(options: dict[str, str]) -> Iterator[str]:
    for pair in options.items():
        yield from pair
