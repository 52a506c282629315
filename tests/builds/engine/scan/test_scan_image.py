"""Packages are scanned once for each set of rules; an image's scan joins those of its packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from builds.engine.fragments import find_fragment
from builds.engine.scan import packages as module
from builds.engine.scan import ruleset, scan_fragment, scan_image
from builds.engine.scan.values import Scan
from builds.engine.spec import Spec
from builds.engine.spec.values import FileEntry
from tests.builds.engine.debs import Deb, directory, member, put
from tests.builds.engine.kitchen import Kitchen
from tests.builds.engine.scan.samples import KEY, MALWARE, elf

SERVER = Deb("server", members=[member("./usr/bin/server", elf("listen", "accept"), mode=0o755)])
TOOL = Deb("tool", members=[member("./usr/bin/tool", elf("execve"), mode=0o755)])


def image_scan(kitchen: Kitchen, *debs: Deb, spec: Spec | None = None) -> Scan:
    lock = kitchen.lock(*(put(deb, kitchen.cache) for deb in debs))
    image = kitchen.build_locked(spec or Spec(suite="trixie"), lock).platforms[0]
    return scan_image(image, lock.packages["amd64"], store=kitchen.store, book=kitchen.book)


def test_capabilities_name_the_packages_that_have_them(kitchen: Kitchen) -> None:
    scan = image_scan(kitchen, SERVER, TOOL)
    assert scan.capabilities == {"listens-on-network": ("server",), "runs-programs": ("tool",)}
    assert scan.findings == ()


def test_findings_name_package_and_path(kitchen: Kitchen) -> None:
    bad = Deb("bad", files={"./usr/share/bad/key.pem": KEY, "./usr/bin/get": MALWARE["reverse-shell"][0]})
    found = {(one.rule, one.package, one.path) for one in image_scan(kitchen, bad).findings}
    assert found == {("private-key", "bad", "usr/share/bad/key.pem"), ("reverse-shell", "bad", "usr/bin/get")}


def test_an_open_directory_is_found_unless_it_is_sticky(kitchen: Kitchen) -> None:
    bad = Deb("bad", members=[directory("./var/open", mode=0o777), directory("./var/sticky", mode=0o1777)])
    assert [(one.rule, one.path) for one in image_scan(kitchen, bad).findings] == [
        ("world-writable", "var/open")
    ]


def test_what_the_customer_adds_is_scanned_too(kitchen: Kitchen) -> None:
    spec = Spec(suite="trixie", files=(FileEntry("/app/key.pem", KEY),))
    (found,) = image_scan(kitchen, TOOL, spec=spec).findings
    assert (found.rule, found.package, found.path) == ("private-key", "the image itself", "app/key.pem")


def test_a_package_is_scanned_once_for_each_set_of_rules(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = put(TOOL, kitchen.cache)
    kitchen.build_locked(Spec(suite="trixie"), kitchen.lock(package))
    fragment = find_fragment(kitchen.store, package, kitchen.book.recipe("tool"))
    assert fragment is not None
    first = scan_fragment(kitchen.store, fragment, "amd64")
    looked: list[str] = []
    monkeypatch.setattr(
        module, "scan_files", lambda files, architecture: looked.append("again") or Scan((), {})
    )
    assert scan_fragment(kitchen.store, fragment, "amd64") == first
    assert looked == []
    monkeypatch.setattr(module, "rules_digest", lambda: "sha256:other")
    assert scan_fragment(kitchen.store, fragment, "amd64") == Scan((), {})
    assert looked == ["again"]


def test_the_rules_digest_follows_the_rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = ruleset.rules_digest()
    file = tmp_path / "more.yar"
    file.write_text("rule more : secret { condition: false }")
    monkeypatch.setattr(ruleset, "rule_files", lambda: [file])
    assert ruleset.rules_digest.__wrapped__() != before


def test_a_damaged_memory_of_a_scan_is_made_again(kitchen: Kitchen) -> None:
    package = put(SERVER, kitchen.cache)
    kitchen.build_locked(Spec(suite="trixie"), kitchen.lock(package))
    fragment = find_fragment(kitchen.store, package, kitchen.book.recipe("server"))
    assert fragment is not None
    first = scan_fragment(kitchen.store, fragment, "amd64")
    (kept,) = (kitchen.store.root / "scans").glob("*/*.json")
    for damage in (b"{", b"{}", b'{"findings": 3, "capabilities": {}}'):
        kept.write_bytes(damage)
        assert scan_fragment(kitchen.store, fragment, "amd64") == first
