"""Every rule finds its harmless sample and leaves alone what only looks like it."""

from __future__ import annotations

import re

import pytest

from builds.engine.scan.files import scan_files
from builds.engine.scan.ruleset import rule_files
from builds.engine.scan.values import Scan
from builds.engine.tar import FILE, TarEntry
from tests.builds.engine.scan.samples import CAPABILITIES, KEY, MALWARE, SECRETS, elf

ALL = {**CAPABILITIES, **MALWARE, **SECRETS}


def scanned(content: bytes, *, mode: int = 0o644) -> Scan:
    return scan_files([(TarEntry("usr/lib/sample", FILE, mode, 0, 0, len(content), 0), content)], "amd64")


def met(content: bytes) -> set[str]:
    scan = scanned(content)
    return {finding.rule for finding in scan.findings} | set(scan.capabilities or ())


def test_every_rule_has_a_sample() -> None:
    texts = "".join(file.read_text() for file in rule_files())
    public = re.findall(r"^rule (\w+) :", texts, re.MULTILINE)
    assert {name.replace("_", "-") for name in public} == set(ALL)


@pytest.mark.parametrize("rule", sorted(ALL))
def test_a_rule_finds_its_sample_and_nothing_near_it(rule: str) -> None:
    sample, near = ALL[rule]
    assert rule in met(sample)
    assert rule not in met(near)


@pytest.mark.parametrize("rule", sorted(MALWARE))
def test_malware_stops_a_release_and_says_what_it_does(rule: str) -> None:
    (found,) = [one for one in scanned(MALWARE[rule][0]).findings if one.rule == rule]
    assert found.is_blocking
    assert found.path == "usr/lib/sample"
    assert len(found.detail) > 10


@pytest.mark.parametrize("kind", ["RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", ""])
def test_private_keys_of_every_kind_are_found_alone_and_within_programs(kind: str) -> None:
    key = KEY.replace(b"BEGIN ", f"BEGIN {kind}".encode())
    assert met(key) == {"private-key"}
    assert "private-key" in met(elf("connect", extra=key))


def test_the_words_around_a_key_are_no_key() -> None:
    assert met(elf(extra=b"-----BEGIN PRIVATE KEY-----\0-----END PRIVATE KEY-----\n%s")) == set()
    assert met(b"-----BEGIN CERTIFICATE-----\n" + KEY.split(b"\n")[1] + b"\n") == set()


def test_a_library_may_hold_the_keys_it_tests_itself_with() -> None:
    assert met(elf("dlopen", extra=KEY + b"\0fips140 self-test\0")) == {"loads-code"}


def test_modes_and_machines_are_looked_at() -> None:
    assert [one.rule for one in scanned(b"x", mode=0o666).findings] == ["world-writable"]
    setuid = scanned(b"x", mode=0o4755).findings
    assert [(one.rule, one.is_blocking) for one in setuid] == [("set-id", True)]
    foreign = bytearray(elf())
    foreign[18] = 183
    assert [one.rule for one in scanned(bytes(foreign)).findings] == ["foreign-machine"]
