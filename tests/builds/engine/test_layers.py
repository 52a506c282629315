"""Layers: parents first, no path twice, packages recorded, owners as the packages say."""

from __future__ import annotations

import tarfile

import pytest

from builds.engine.contents import PathConflictError
from builds.engine.plan import Plan
from builds.engine.spec import Spec
from builds.engine.spec.values import DirectoryEntry
from tests.builds.engine.debs import Deb, directory, link, member
from tests.builds.engine.kitchen import Kitchen, layer_members, merged

SPEC = Spec(suite="trixie")


def names(kitchen: Kitchen, digest: str) -> list[str]:
    return [info.name for info, _ in layer_members(kitchen.store, digest)]


def test_no_path_is_twice_in_a_layer_and_parents_come_first(kitchen: Kitchen) -> None:
    a = Deb("a", files={"./usr/share/x/one": "1"}, members=[directory("./usr/share/x")])
    b = Deb("b", files={"./usr/share/x/two": "2", "./opt/deep/er/three": "3"})
    for layer in kitchen.build(SPEC, a, b).platforms[0].layers:
        seen: list[str] = names(kitchen, layer.descriptor.digest)
        assert len(seen) == len(set(seen))
        for position, name in enumerate(seen):
            parent = name.rpartition("/")[0]
            if parent and layer.kind == "packages":
                assert parent in seen[:position]


def test_top_level_directories_are_merged_into_usr(kitchen: Kitchen) -> None:
    a = Deb(
        "a", files={"./bin/a": "a", "./sbin/b": "b"}, members=[directory("./lib"), member("./lib/c", b"c")]
    )
    found = merged(kitchen.store, kitchen.build(SPEC, a).platforms[0])
    assert {"usr/bin/a", "usr/sbin/b", "usr/lib/c"} <= set(found)
    assert found["bin"][0].linkname == "usr/bin"


def test_manuals_and_service_files_stay_out_and_copyrights_stay_in(kitchen: Kitchen) -> None:
    dropped = ["./usr/share/man/man1/a.1.gz", "./usr/share/doc/a/README", "./usr/share/locale/de/a.mo",
               "./lib/systemd/system/a.service", "./etc/init.d/a", "./usr/share/info/a.info"]  # fmt: skip
    a = Deb("a", files=dict.fromkeys(dropped, "x"))
    found = merged(kitchen.store, kitchen.build(SPEC, a).platforms[0])
    assert "usr/share/doc/a/copyright" in found
    assert not [path for path in dropped if path[2:].replace("lib/systemd", "usr/lib/systemd") in found]
    assert "etc/init.d/a" not in found


def test_installed_packages_are_recorded_where_scanners_look(kitchen: Kitchen) -> None:
    found = merged(kitchen.store, kitchen.build(SPEC, Deb("a", version="2:1.0-3"), Deb("b")).platforms[0])
    status = found["var/lib/dpkg/status.d/a"][1].decode()
    assert "Package: a\nStatus: install ok installed\n" in status
    assert "Version: 2:1.0-3\n" in status
    assert "var/lib/dpkg/status.d/b" in found


def test_two_owners_of_a_path_are_refused(kitchen: Kitchen) -> None:
    a, b = Deb("a", files={"./etc/same": "1"}), Deb("b", files={"./etc/same": "1"})
    with pytest.raises(PathConflictError, match="etc/same comes from a and from b"):
        kitchen.build(SPEC, a, b)


def test_two_owners_in_different_layers_are_refused(kitchen: Kitchen) -> None:
    kitchen.plan = Plan((("one", ("a",)), ("two", ("b",))))
    a, b = Deb("a", files={"./etc/same": "1"}), Deb("b", files={"./etc/same": "1"})
    with pytest.raises(PathConflictError, match="etc/same"):
        kitchen.build(SPEC, a, b)


def test_a_file_where_another_package_has_a_directory_is_refused(kitchen: Kitchen) -> None:
    a, b = Deb("a", files={"./etc/same/x": "1"}), Deb("b", files={"./etc/same": "1"})
    with pytest.raises(PathConflictError, match="etc/same"):
        kitchen.build(SPEC, a, b)


def test_a_directory_keeps_its_owner_though_a_later_layer_has_it_plain(kitchen: Kitchen) -> None:
    kitchen.plan = Plan((("one", ("a",)), ("two", ("b",))))
    kitchen.recipe("a", directories=(DirectoryEntry("/var/lib/x", 0o750, 970, 971),))
    a, b = Deb("a"), Deb("b", files={"./var/lib/x/y": "1"})
    info = merged(kitchen.store, kitchen.build(SPEC, a, b).platforms[0])["var/lib/x"][0]
    assert (info.mode, info.uid, info.gid) == (0o750, 970, 971)


def test_hard_links_survive_with_one_content(kitchen: Kitchen) -> None:
    hard = member("./usr/bin/again", type=tarfile.LNKTYPE, linkname="./usr/bin/a", mode=0o755)
    found = merged(
        kitchen.store,
        kitchen.build(SPEC, Deb("a", files={"./usr/bin/a": "body"}, members=[hard])).platforms[0],
    )
    assert found["usr/bin/a"][1] == b"body"
    assert found["usr/bin/again"][0].linkname == "usr/bin/a"


def test_a_hard_link_to_a_dropped_file_keeps_the_content(kitchen: Kitchen) -> None:
    hard = member("./usr/bin/kept", type=tarfile.LNKTYPE, linkname="./usr/share/man/a", mode=0o755)
    found = merged(
        kitchen.store,
        kitchen.build(SPEC, Deb("a", files={"./usr/share/man/a": "b"}, members=[hard])).platforms[0],
    )
    assert found["usr/bin/kept"][1] == b"b"


def test_links_are_kept_as_they_are(kitchen: Kitchen) -> None:
    a = Deb("a", members=[directory("./usr"), directory("./usr/lib"), link("./usr/lib/liba.so", "liba.so.1")])
    assert (
        merged(kitchen.store, kitchen.build(SPEC, a).platforms[0])["usr/lib/liba.so"][0].linkname
        == "liba.so.1"
    )


def test_set_id_programs_that_nobody_needs_lose_the_bit(kitchen: Kitchen) -> None:
    a = Deb(
        "a",
        members=[directory("./usr"), directory("./usr/bin"), member("./usr/bin/passwd", b"x", mode=0o4755)],
    )
    assert merged(kitchen.store, kitchen.build(SPEC, a).platforms[0])["usr/bin/passwd"][0].mode == 0o755


def test_packages_beyond_the_plan_share_the_last_layer() -> None:
    plan = Plan((("one", ("a", "c")), ("two", ("b",))))
    assert plan.layers(["z", "b", "a", "y"]) == [("one", ["a"]), ("two", ["b"]), ("rest", ["y", "z"])]
