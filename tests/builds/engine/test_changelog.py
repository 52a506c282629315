"""What a package's own changelog says of vulnerabilities, read while the package is open."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from builds.engine.deb import changelog
from builds.engine.deb.changelog import fixes_of, read_fixes
from builds.engine.deb.package import open_package
from builds.engine.spec import Spec
from builds.engine.store import Store
from tests.builds.engine.debs import Deb, link
from tests.builds.engine.real import built, definition

TEXT = """x (1.2-3) trixie-security; urgency=high

  * Fix CVE-2026-1234 and cve-2026-12345 (Closes: #1), see CVE-2026-1234.

 -- A Person <a@example.org>  Tue, 29 Sep 2026 10:00:00 +0000

x (1.2-2) unstable; urgency=medium

  * Nothing about security; CVE-20 is none, nor is XCVE-2026-1111.

 -- A Person <a@example.org>  Mon, 01 Jun 2026 10:00:00 +0000

x (1:1.2-1) unstable; urgency=medium

  * CVE-2025-9999

 -- A Person <a@example.org>  no date at all, it says here
"""


def fixes(tmp_path, deb: Deb):
    raw = deb.to_bytes()
    path = tmp_path / "x.deb"
    path.write_bytes(raw)
    with open_package(path, sha256=hashlib.sha256(raw).hexdigest()) as opened:
        return fixes_of(opened, deb.name)


def with_changelog(raw: bytes, name: str = "changelog.Debian.gz") -> Deb:
    return Deb("x", files={f"./usr/share/doc/x/{name}": raw})


def test_entries_that_name_any_are_given_newest_first():
    assert read_fixes(TEXT) == [
        ["1.2-3", "2026-09-29", ["CVE-2026-1234", "CVE-2026-12345"]],
        ["1:1.2-1", "", ["CVE-2025-9999"]],
    ]


@pytest.mark.parametrize("name", ["changelog.Debian.gz", "changelog.gz"])
def test_the_changelog_is_read_though_an_image_leaves_it_out(tmp_path, name):
    assert fixes(tmp_path, with_changelog(gzip.compress(TEXT.encode()), name))[0][0] == "1.2-3"


def test_debians_own_goes_before_that_of_upstream(tmp_path):
    deb = with_changelog(gzip.compress(TEXT.encode()))
    deb.files["./usr/share/doc/x/changelog.gz"] = gzip.compress(b"upstream: CVE-2020-0001")
    assert len(fixes(tmp_path, deb)) == 2


def test_a_package_without_one_says_nothing_rather_than_none(tmp_path):
    assert fixes(tmp_path, Deb("x")) is None
    assert fixes(tmp_path, with_changelog(gzip.compress(b"nothing here"))) == []
    linked = Deb(
        "x", files={}, members=[link("./usr/share/doc/x/changelog.Debian.gz", "../y/changelog.Debian.gz")]
    )
    assert fixes(tmp_path, linked) is None


def test_what_is_no_gzip_is_no_changelog(tmp_path):
    assert fixes(tmp_path, with_changelog(b"CVE-2026-0001")) is None


def test_a_bomb_is_read_to_its_bound_only(tmp_path, monkeypatch):
    monkeypatch.setattr(changelog, "MAX_TEXT", 1000)
    raw = gzip.compress(
        TEXT.encode() + b" " * (50 << 20) + b"\nx (0.1-1) unstable; urgency=low\n\n  * CVE-2000-0001\n"
    )
    assert [entry[0] for entry in fixes(tmp_path, with_changelog(raw))] == ["1.2-3", "1:1.2-1"]


def test_hostile_text_is_bounded_in_entries_and_names():
    names = " ".join(f"CVE-2026-{n:05}" for n in range(5000))
    many = "".join(f"x (1-{n}) unstable; urgency=low\n\n  * CVE-2026-0001\n\n" for n in range(5000))
    assert len(read_fixes(f"x (1) u; urgency=low\n{names}")[0][2]) == changelog.MAX_NAMES
    assert len(read_fixes(many)) == changelog.MAX_ENTRIES
    assert read_fixes("x (" * 100_000) == []


@pytest.mark.network
def test_a_real_image_carries_what_its_packages_say(tmp_path):
    image = built(Spec.from_json(definition("nginx")["spec"]), Store(tmp_path))
    said = {piece["name"]: piece["fixes"] for piece in image.platforms[0].sbom}
    assert any(entry[2] for entry in said["libssl3t64"])
    assert all(entry[1][:2] == "20" for entry in said["libssl3t64"])
