"""The same journey on PostgreSQL and Redis: ordered through the API, built, pulled and run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.journey.pulling import run_image, skopeo
from tests.servers.databases import postgres, redis
from tests.servers.running import RunningPortal

BUILT = 300
ORDER = {
    "name": "greeter",
    "base": "python:3.13",
    "customisation": {
        "tag": "v1",
        "packages": ["curl"],
        "entrypoint": ["/usr/bin/python3.13", "-c", "import os; print(os.environ['GREETING'])"],
        "env": {"GREETING": "from PostgreSQL and Redis"},
    },
}


@pytest.fixture(scope="module")
def big_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    place = tmp_path_factory.mktemp("big")
    with postgres() as database, redis(place / "redis") as broker:
        portal = RunningPortal(place / "var", DATABASE_URL=database, BROKER_URL=broker)
        try:
            yield portal.start()
        finally:
            portal.clean_up()


def built(client: httpx2.Client, build: dict[str, Any]) -> dict[str, Any]:
    """Wait until a build has ended; give its last state."""
    end = time.monotonic() + BUILT
    while time.monotonic() < end:
        state: dict[str, Any] = client.get(f"builds/{build['id']}/").json()
        if state["state"] in {"succeeded", "failed", "cancelled"}:
            return state
        time.sleep(0.3)
    raise AssertionError(f"the build did not end: {state}")


def test_click_to_pull_with_postgresql_and_redis(big_portal: RunningPortal, tmp_path: Path) -> None:
    big_portal.wait_for("python:3.13 is published", seconds=BUILT)
    owner = big_portal.person("owner")
    with httpx2.Client(
        base_url=f"{big_portal.address}/acme/api/v1/",
        headers={"Authorization": f"Bearer {owner['token']}"},
        trust_env=False,
        timeout=60,
    ) as client:
        ordered = client.post("builds/", json=ORDER)
        assert ordered.status_code == 202, ordered.text
        done = built(client, ordered.json())
        assert done["state"] == "succeeded", done
    reference = f"localhost:{big_portal.port}/acme/greeter:v1"
    copied = skopeo(reference, tmp_path / "layout", login="x", token=owner["token"])
    assert copied.returncode == 0, copied.stderr
    assert run_image(tmp_path / "layout", tmp_path).stdout.strip() == "from PostgreSQL and Redis"
    assert "sqlite" not in big_portal.logs
    assert not (big_portal.var / "assay.sqlite3").exists()
    assert not any((big_portal.var / "queue").glob("messages/*.msg"))
