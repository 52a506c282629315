"""What releases hold, as spans along their line."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from catalog import contents
from catalog.models import Package, PackageSpan, PackageVersion, Release
from tests.catalog import world

BEFORE, AFTER = ("catalog", "0002_tests"), ("catalog", "0005_no_release_packages")


def version(name: str, number: str) -> PackageVersion:
    package, _ = Package.objects.get_or_create(ecosystem="deb", name=name)
    found, _ = PackageVersion.objects.get_or_create(
        package=package, version=number, defaults={"key": number.encode()}
    )
    return found


def held_by(release: Release) -> set[str]:
    links = release.package_links.values_list("version__package__name", "version__version")
    return {f"{name}={number}" for name, number in links}


@pytest.fixture
def line(db):
    """Three releases: curl moves, jq goes and comes back, libc6 stays."""
    stream = world.image().streams.get()
    held = [
        (version("libc6", "2"), version("curl", "1"), version("jq", "1")),
        (version("libc6", "2"), version("curl", "2")),
        (version("libc6", "2"), version("curl", "2"), version("jq", "1")),
    ]
    releases = []
    for number, versions in enumerate(held):
        releases.append(world.released(stream, content=f"layer {number}".encode()))
        contents.hold(release=releases[-1], versions=versions)
    return releases


def test_each_release_holds_what_was_said_of_it(line):
    assert held_by(line[0]) == {"libc6=2", "curl=1", "jq=1"}
    assert held_by(line[1]) == {"libc6=2", "curl=2"}
    assert held_by(line[2]) == {"libc6=2", "curl=2", "jq=1"}


def test_what_stays_costs_no_row(line):
    assert PackageSpan.objects.filter(version__package__name="libc6").count() == 1
    assert PackageSpan.objects.count() == 5


def test_lines_do_not_mix(line):
    other = world.released(world.image("node", stream="20").streams.get(), content=b"node")
    contents.hold(release=other, versions=[version("libc6", "2")])
    assert held_by(other) == {"libc6=2"}
    assert held_by(line[2]) == {"libc6=2", "curl=2", "jq=1"}


def test_a_release_that_is_not_the_newest_is_refused(line):
    with pytest.raises(ValueError, match="not the newest"):
        contents.hold(release=line[1], versions=[])


@pytest.mark.django_db(transaction=True)
def test_what_was_kept_row_by_row_is_carried_over():
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate([BEFORE])
    others = [node for node in newest if node[0] == "registry"]
    old = executor.loader.project_state([BEFORE, *others]).apps
    repository = old.get_model("registry", "Repository").objects.create(name="python")
    package = old.get_model("catalog", "Package").objects.create(ecosystem="deb", name="curl")
    of = old.get_model("catalog", "PackageVersion").objects
    first, second = (of.create(package=package, version=number, key=b"") for number in ("1", "2"))
    numbers = []
    for position, held in enumerate((first, first, second, first)):
        release = old.get_model("catalog", "Release").objects.create(
            repository=repository, digest=f"sha256:{position:064}", unique_tag=f"1-{position}", size=1,
            published_at="2026-08-22T10:00Z", tested="passed", signing_key="platform",
        )  # fmt: skip
        old.get_model("catalog", "ReleasePackage").objects.create(release=release, version=held)
        numbers.append(release.pk)
    try:
        executor = MigrationExecutor(connection)
        executor.migrate([AFTER])
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(newest)
    spans = PackageSpan.objects.order_by("since").values_list("version__version", "since", "until")
    assert list(spans) == [
        ("1", numbers[0], numbers[2]),
        ("2", numbers[2], numbers[3]),
        ("1", numbers[3], None),
    ]
    Release.objects.all().delete()
