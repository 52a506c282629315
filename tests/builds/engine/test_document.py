"""A spec as YAML: what people write comes back the same; apko's words are taken over or refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from builds.engine.spec import Spec, SpecMalformed, validate
from builds.engine.spec.document import MAX_BYTES, read_document, write_document
from tests.builds.engine.authority import certificate
from tests.builds.engine.test_spec import SOUND

APKO = """
contents:
  packages: [curl, git=1:2.47.3-0+deb13u1]
entrypoint: {command: "/usr/bin/curl --user-agent 'a b'"}
cmd: --version
work-dir: /app
stop-signal: SIGINT
accounts:
  run-as: web
  groups: [{groupname: web, gid: 10001}]
  users: [{username: web, uid: 10001, gid: 10001}]
environment: {PORT: 8080, DEBUG: no}
annotations: {team: web}
volumes: [/data]
archs: [x86_64, aarch64]
paths:
  - {path: /app, type: directory, uid: 10001, gid: 10001, permissions: 0o750}
  - {path: /app/empty, type: empty-file, permissions: 0644}
  - {path: /app/link, type: symlink, source: /data}
certificates:
  additional:
    - {name: ours, content: CERTIFICATE}
"""


def spec(values: dict[str, Any]) -> Spec:
    return Spec.from_json({"suite": "trixie", **values})


def test_what_is_written_is_read_back_the_same() -> None:
    sound = Spec.from_json(SOUND)
    text = write_document(sound.to_json())
    assert Spec.from_json(read_document(text)).digest == sound.digest


@pytest.mark.parametrize("said", [[], ["-q"]])
def test_an_empty_command_is_kept_apart_from_none(said: list[str]) -> None:
    assert read_document(write_document({"packages": ["curl"], "cmd": said}))["cmd"] == said
    assert "cmd" not in read_document(write_document({"packages": ["curl"], "cmd": None}))


def test_scalars_stay_what_was_typed() -> None:
    found = read_document(
        "env: {A: no, B: 3.10, C: 0644, D: null}\nports: [8000]\nfiles: [{path: /a, text: x, mode: 0600, uid: 7}]"
    )
    assert found["env"] == {"A": "no", "B": "3.10", "C": "0644", "D": "null"}
    assert spec(found).ports == ("8000",)
    assert (spec(found).files[0].mode, spec(found).files[0].uid) == (0o600, 7)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("- a\n- b", "document"),
        ("a: [", "document"),
        ("", "document"),
        ("packages: &a [x]\nenv: *a", "document"),
        ("user: a\nuser: b", "user"),
        ("users: [{name: a, uid: many}]", "users[0].uid"),
        ("groups: [{name: a, gid: -1}]", "groups[0].gid"),
        ("{" * 5000, "document"),
        ("? [a, b]\n: c", "document"),
    ],
)
def test_what_is_no_document_is_refused_at_its_field(text: str, field: str) -> None:
    with pytest.raises(SpecMalformed) as refused:
        read_document(text)
    assert refused.value.field == field


def test_a_huge_document_is_refused_unread() -> None:
    with pytest.raises(SpecMalformed, match="at most"):
        read_document("a: " + "x" * MAX_BYTES)


def test_an_apko_configuration_means_the_same() -> None:
    text = APKO.replace("CERTIFICATE", '"' + certificate().replace("\n", "\\n") + '"')
    found = spec(read_document(text))
    assert validate(found) == []
    assert found.packages == ("curl", "git=1:2.47.3-0+deb13u1")
    assert (found.entrypoint, found.cmd) == (("/usr/bin/curl", "--user-agent", "a b"), ("--version",))
    assert (found.user, found.workdir, found.stop_signal) == ("web", "/app", "SIGINT")
    assert dict(found.env) == {"PORT": "8080", "DEBUG": "no"}
    assert found.users[0].home == "/home/web"
    assert [(entry.path, entry.mode, entry.uid) for entry in found.directories] == [("/app", 0o750, 10001)]
    assert [(entry.path, entry.mode, entry.content) for entry in found.files] == [("/app/empty", 0o644, b"")]
    assert [(link.path, link.target) for link in found.links] == [("/app/link", "/data")]
    assert found.architectures == ("amd64", "arm64")
    assert found.certificates == (certificate(),)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("contents: {repositories: [somewhere], packages: []}", "contents.repositories"),
        ("contents: {keyring: [key], packages: []}", "contents.keyring"),
        ("contents: {packages: ['curl>8']}", "contents.packages[0]"),
        ("contents: {packages: ['!curl']}", "contents.packages[0]"),
        ("contents: {}\nlayering: {strategy: origin, budget: 10}", "layering"),
        ("contents: {}\ninclude: other.yaml", "include"),
        ("contents: {}\nos-release: {id: x}", "os-release"),
        ("contents: {}\ncolour: red", "colour"),
        ("entrypoint: {type: service-bundle, services: {a: b}}", "entrypoint.type"),
        ("entrypoint: {shell-fragment: echo}", "entrypoint.shell-fragment"),
        ('contents: {}\ncmd: "\'open"', "cmd"),
        ("accounts: {users: [{username: a, uid: 5, shell: /bin/sh}]}", "accounts.users[0].shell"),
        ("accounts: {users: [{username: a}]}", "accounts.users[0].uid"),
        ("paths: [{path: /a, type: permissions, permissions: 0o4755}]", "paths[0].type"),
        ("paths: [{path: /a, type: hardlink, source: /b}]", "paths[0].type"),
        ("paths: [{path: /a, type: directory, recursive: true}]", "paths[0].recursive"),
        ("archs: [riscv64]", "archs[0]"),
        ("contents: []", "contents"),
    ],
)
def test_what_apko_means_and_we_do_not_is_refused_by_name(text: str, field: str) -> None:
    with pytest.raises(SpecMalformed) as refused:
        read_document(text)
    assert refused.value.field == field
