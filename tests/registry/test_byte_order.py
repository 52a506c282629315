"""Tags come in byte order from a PostgreSQL that sorts words as people do, too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.servers.databases import postgres
from tests.servers.running import ROOT

NAMES = ["1", "10", "2", "A", "Z", "_x", "a", "a-b", "a.b", "b", "latest"]
CODE = f"""
import django; django.setup()
import json
from tenants.scope import platform_wide
everyone = platform_wide(); everyone.__enter__()
from registry.models import Manifest, Repository, Tag
from registry.visibility import View
repository = Repository.objects.create(name="it")
manifest = Manifest.objects.create(digest="sha256:0", media_type="x", content=b"", size=0)
Tag.objects.bulk_create([Tag(repository=repository, name=name, manifest=manifest) for name in {NAMES[::-1]!r}])
view = View(repository)
pages, last = [], ""
while page := view.tags(last=last, limit=4):
    pages.append(page)
    last = page[-1]
in_its_own_order = list(Tag.objects.order_by("name").values_list("name", flat=True))
print(json.dumps([view.tags(), pages, in_its_own_order]))
"""


@pytest.fixture
def url():
    with postgres() as server:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                "CREATE DATABASE words TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
            )
        yield server.rpartition("/")[0] + "/words"


def test_tags_come_in_byte_order_whatever_the_database_thinks_of_words(url: str, tmp_path: Path):
    environ = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    environ["ASSAY_VAR"] = str(tmp_path / "var")

    def run(*argv: str) -> str:
        done = subprocess.run(
            [sys.executable, *argv], check=False, cwd=ROOT, env=environ, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("manage.py", "migrate", "--verbosity", "0")
    everything, pages, in_its_own_order = json.loads(run("-c", CODE))
    assert everything == sorted(NAMES)
    assert pages == [sorted(NAMES)[at : at + 4] for at in (0, 4, 8)]
    assert in_its_own_order != sorted(NAMES), "this database would have failed without a collation"
