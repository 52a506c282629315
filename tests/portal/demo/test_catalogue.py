"""`make catalogue`: counted from rows, and once for real with the smallest image that is tested by running it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from builds.starter.definitions import definitions
from builds.starter.stock import offer_of
from catalog.models import Release, VersionStream
from catalog.offer import offer
from portal.demo.catalogue import Tally, tally
from tests.catalog import world
from tests.servers.running import ROOT, RunningPortal, any_port


@pytest.mark.django_db
def test_what_is_published_tested_and_missing_is_counted_by_stream() -> None:
    for name in ("jq", "openjdk-jdk"):
        offer(image=offer_of(definitions()[name]))
    streams = list(VersionStream.objects.select_related("image"))
    assert tally(streams) == Tally(built=0, tested=0, failed=3)
    for stream in streams:
        release = world.released(stream, content=str(stream).encode())
        release.spec = stream.spec
        release.tested = Release.Tested.UNTESTED if stream.name == "25" else Release.Tested.PASSED
        release.save()
    assert tally(streams) == Tally(built=3, tested=2, failed=0)
    changed = VersionStream.objects.get(image__name="jq")
    changed.spec = {**changed.spec, "packages": ["jq", "tzdata"]}
    changed.save()
    assert tally(list(VersionStream.objects.all())) == Tally(built=2, tested=1, failed=1)
    assert str(Tally(54, 54, 0)) == "catalogue: 54 built, 54 tested, 0 failed"


@pytest.mark.network
@pytest.mark.xdist_group("demo-runs")
def test_an_image_is_built_tested_signed_and_published_and_counted_last(tmp_path: Path) -> None:
    place = RunningPortal(tmp_path / "a place")
    subprocess.run([ROOT / "deploy/setup/secrets.sh"], env=place.environ, check=True)
    argv = [sys.executable, "manage.py", "catalogue", "--port", str(any_port()), "jq"]
    try:
        done = subprocess.run(
            argv, cwd=ROOT, env=place.environ, capture_output=True, text=True, timeout=240, check=False
        )
    finally:
        place.clean_up()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "catalogue: [1/1] jq:1.7 published for amd64, arm64: " in done.stdout
    assert done.stdout.splitlines()[-1] == "catalogue: 1 built, 1 tested, 0 failed"
