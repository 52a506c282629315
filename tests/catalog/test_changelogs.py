"""What changelogs say was fixed, release by release."""

from __future__ import annotations

import pytest

from catalog import changelogs, contents
from catalog.models import Changelog, Package, PackageVersion
from tests.catalog import world

OLD = [["1.0-1", "2026-01-01", ["CVE-2025-1"]]]
NEW = [["1.0-2", "2026-08-01", ["CVE-2026-1", "CVE-2026-2"]], *OLD]


def version(name: str, number: str, source: str = "", said=None) -> PackageVersion:
    package, _ = Package.objects.get_or_create(ecosystem="deb", name=name)
    found, _ = PackageVersion.objects.get_or_create(
        package=package, version=number, defaults={"key": number.encode(), "source": source or name}
    )
    changelogs.keep({found.pk: said})
    return found


@pytest.fixture
def line(db, settings, tmp_path):
    """Three releases of a stream: ssl and its library of one source move in the second, curl comes in the third."""
    settings.STORAGE_ROOT = tmp_path
    stream = world.image().streams.get()
    held = [
        [
            version("ssl", "1.0-1", said=OLD),
            version("libssl", "1.0-1", "ssl", OLD),
            version("libc", "2", said=None),
        ],
        [version("ssl", "1.0-2", said=NEW), version("libssl", "1.0-2", "ssl", NEW), version("libc", "2")],
    ]
    held.append([*held[1], version("curl", "8-1", said=[["8-1", "2026-07-01", ["CVE-2026-9"]]])])
    releases = []
    for number, versions in enumerate(held):
        releases.append(world.released(stream, content=f"release {number}".encode()))
        contents.hold(release=releases[-1], versions=versions)
    return releases


def test_a_release_tells_what_it_was_first_to_bring(line):
    third, second, first = changelogs.by_release(line[::-1])
    assert [fix.name for fix in second.fixes] == ["CVE-2026-2", "CVE-2026-1"]
    assert {fix.package for fix in second.fixes} == {"ssl"}  # one changelog, though two packages carry it
    assert (second.changed, first.changed, first.fixes) == (2, None, ())
    assert (third.fixes, third.changed) == ((), 0)


def test_a_package_that_is_new_has_fixed_nothing(line):
    assert "CVE-2026-9" not in {fix.name for one in changelogs.by_release(line[::-1]) for fix in one.fixes}
    assert "CVE-2026-9" in {fix.name for fix in changelogs.told(line[2]).fixes}


def test_it_is_said_how_many_changelogs_were_read(line):
    told = changelogs.told(line[0])
    assert (told.read, told.packages, [fix.name for fix in told.fixes]) == (2, 3, ["CVE-2025-1"])


def test_more_releases_cost_no_more_queries(line, django_assert_num_queries):
    for releases in (line[:1], line[::-1]):
        with django_assert_num_queries(2):
            changelogs.by_release(releases)


@pytest.mark.parametrize(
    "said",
    [
        "text",
        {"a": 1},
        [1],
        [["1"]],
        [["1", "d", "x"]],
        [["1\n", "d", []]],
        [[1, 2, 3]],
        [["1", "d" * 300, []]],
    ],
)
def test_what_a_worker_should_not_have_said_is_left_out(db, said):
    assert version("x", "1", said=said).changelog.entries == []


def test_names_that_are_no_line_are_left_out(db):
    assert version("x", "1", said=[["1", "", ["CVE-1", "a\nb", 7]]]).changelog.entries == [
        ["1", "", ["CVE-1"]]
    ]


def test_a_version_is_told_once(db):
    version("x", "1", said=OLD)
    version("x", "1", said=NEW)
    assert Changelog.objects.get().entries == OLD
