"""What differs between two releases."""

from __future__ import annotations

import pytest

from catalog import changelogs, contents
from catalog.comparing import compared
from catalog.layers import list_layers
from catalog.models import Package, PackageVersion
from tests.catalog import world
from tests.catalog.layer_tars import layer


def version(name: str, number: str, key: bytes, said=None) -> PackageVersion:
    package, _ = Package.objects.get_or_create(ecosystem="deb", name=name)
    found, _ = PackageVersion.objects.get_or_create(
        package=package, version=number, defaults={"key": key, "source": name}
    )
    changelogs.keep({found.pk: said})
    return found


@pytest.fixture
def two(db, settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path
    stream = world.image().streams.get()
    before = world.released(
        stream,
        content=layer({"app": b"1", "gone": b"x", "same": b"s"}),
        config={"User": "0", "Env": ["A=1", "B=2"], "Labels": {"l": "1"}, "Cmd": ["x"]},
    )
    shared = version("same", "1", b"1")
    contents.hold(
        release=before,
        versions=[
            shared,
            version("ssl", "1.9", b"a", [["1.9", "", ["CVE-1", "CVE-2"]]]),
            version("old", "1", b"1"),
        ],
    )
    after = world.released(
        stream,
        content=layer({"app": b"2", "new": b"x", "same": b"s"}),
        config={"User": "65532", "Env": ["A=1", "C=3"], "Labels": {"l": "1"}, "Cmd": ["x", "y"]},
    )
    contents.hold(
        release=after,
        versions=[
            shared,
            version("ssl", "1.10", b"b", [["1.10", "", ["CVE-3"]], ["1.9", "", ["CVE-1"]]]),
            version("new", "2", b"2", [["2", "", ["CVE-9"]]]),
        ],
    )
    return before, after


def test_packages_are_told_apart_by_kind_and_order(two):
    found = {change.name: (change.before, change.after, change.kind) for change in compared(*two).packages}
    assert found == {
        "ssl": ("1.9", "1.10", "newer"), "old": ("1", "", "removed"), "new": ("", "2", "added"),
    }  # fmt: skip
    assert {change.kind for change in compared(*two[::-1]).packages} == {"older", "removed", "added"}


def test_configuration_is_told_by_field_variable_and_label(two):
    found = {change.name: (change.before, change.after, change.kind) for change in compared(*two).config}
    assert found == {
        "User": ("0", "65532", "changed"),
        "Env B": ("2", "", "removed"),
        "Env C": ("", "3", "added"),
        "Cmd": ("x", "x y", "changed"),
    }


def test_files_are_told_by_path_and_what_differs(two):
    assert compared(*two).files is None  # nobody has read the layers
    list_layers()
    found = compared(*two)
    assert [(one.path, one.kind, one.what) for one in found.files] == [
        ("app", "changed", "content"), ("gone", "removed", "file"), ("new", "added", "file"),
    ]  # fmt: skip
    assert found.file_counts == {"changed": 1, "removed": 1, "added": 1}


def test_fixes_are_those_of_packages_that_both_have(two):
    found = compared(*two)
    assert [fix.name for fix in found.fixes] == ["CVE-3"]
    assert [fix.name for fix in found.lost_fixes] == ["CVE-2"]


def test_a_release_differs_in_nothing_from_itself(two):
    list_layers()
    same = compared(two[0], two[0])
    assert (same.packages, same.config, same.files, same.fixes, same.size_change) == ((), (), (), (), 0)
