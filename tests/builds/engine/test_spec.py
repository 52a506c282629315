"""What a spec may say: every rule refuses what it is for, with its field; a sound spec survives JSON."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from builds.engine.lock import LockedPackage
from builds.engine.spec import Spec, SpecMalformed, validate
from builds.engine.spec.values import BaseImage
from tests.builds.engine.authority import certificate
from tests.builds.engine.debs import Deb, lock_deb
from tests.builds.engine.kitchen import Kitchen

CERTIFICATE = certificate()
HOLLOW = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(bytes.fromhex('3003020105')).decode()}\n-----END CERTIFICATE-----\n"
SOUND: dict[str, Any] = {
    "suite": "trixie", "packages": ["curl", "git=1:2.47.3-0+deb13u1"], "entrypoint": ["/usr/bin/curl"], "cmd": [],
    "env": {"MODE": "a=b c"}, "user": "app:app", "workdir": "/app", "labels": {"team": "ünïcode"},
    "annotations": {"org.example/x": "1"}, "ports": ["8080", "53/udp"], "volumes": ["/data"], "stop_signal": "SIGQUIT",
    "users": [{"name": "app", "uid": 1000, "gid": 1000, "home": "/app"}], "groups": [{"name": "app", "gid": 1000}],
    "files": [{"path": "/etc/x", "text": "hello\n", "mode": "0600"}, {"path": "/etc/y", "base64": "AAH/"}],
    "directories": [{"path": "/app", "mode": "0750", "uid": 1000, "gid": 1000}],
    "links": [{"path": "/usr/local/bin/x", "target": "/usr/bin/curl"}], "certificates": [CERTIFICATE],
}  # fmt: skip


def broken(**change: Any) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in validate(Spec.from_json({**SOUND, **change}))]


def test_a_sound_spec_has_no_errors_and_survives_json() -> None:
    spec = Spec.from_json(SOUND)
    assert validate(spec) == []
    again = Spec.from_json(json.loads(spec.canonical))
    assert again.digest == spec.digest
    assert again.files[1].content == b"\x00\x01\xff"


def test_a_spec_with_a_base_survives_json(kitchen: Kitchen) -> None:
    lock = kitchen.lock(lock_deb(Deb("curl")))
    base = BaseImage("acme/x:1", {"amd64": "sha256:" + "1" * 64}, Spec(suite="trixie"), lock)
    spec = Spec(suite="trixie", base=base)
    assert Spec.from_json(json.loads(spec.canonical)) == spec
    assert isinstance(spec.base.lock.packages["amd64"][0], LockedPackage)


def test_order_of_typing_does_not_change_the_digest() -> None:
    turned = {**SOUND, "packages": SOUND["packages"][::-1] * 2, "ports": SOUND["ports"][::-1]}
    assert Spec.from_json(turned).digest == Spec.from_json(SOUND).digest
    assert Spec.from_json({**SOUND, "entrypoint": ["/usr/bin/git"]}).digest != Spec.from_json(SOUND).digest


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"suite": "Trixie!"}, "suite", "suite-name"),
        ({"packages": ["curl; rm -rf /"]}, "packages[0]", "package-name"),
        ({"packages": ["curl\n"]}, "packages[0]", "package-name"),
        ({"packages": ["curl=1", "curl=2"]}, "packages[1]", "package-twice"),
        ({"packages": [f"p{n}" for n in range(501)]}, "packages", "too-many"),
        ({"architectures": ["sparc"]}, "architectures[0]", "architecture"),
        ({"architectures": []}, "architectures", "empty"),
        ({"labels": {"team": "a\nb"}}, "labels.team", "control-character"),
        ({"labels": {"team": "a\x00b"}}, "labels.team", "control-character"),
        ({"labels": {"team": "x" * 5000}}, "labels.team", "too-long"),
        ({"labels": {"bad key": "x"}}, "labels.bad key", "key"),
        ({"labels": {"io.assay.build": "x"}}, "labels.io.assay.build", "reserved"),
        ({"labels": {"ORG.opencontainers.image.CREATED": "x"}}, "labels.ORG.opencontainers.image.CREATED", "reserved"),
        ({"annotations": {"org.opencontainers.image.base.name": "x"}}, "annotations.org.opencontainers.image.base.name",
         "reserved"),
        ({"workdir": "app"}, "workdir", "path-relative"),
        ({"workdir": "/a/../b"}, "workdir", "path-not-normal"),
        ({"volumes": ["/"]}, "volumes[0]", "volume-root"),
        ({"stop_signal": "SIGNOPE"}, "stop_signal", "signal"),
        ({"files": [{"path": "/etc/passwd", "text": ""}]}, "files[0].path", "path-generated"),
        ({"files": [{"path": "/etc/ld.so.preload", "text": ""}]}, "files[0].path", "path-generated"),
        ({"files": [{"path": "/proc/x", "text": ""}]}, "files[0].path", "path-closed"),
        ({"files": [{"path": "/var/lib/dpkg/status.d/x", "text": ""}]}, "files[0].path", "path-closed"),
        ({"files": [{"path": "/bin/x", "text": ""}]}, "files[0].path", "path-linked"),
        ({"files": [{"path": "/x", "text": "", "mode": "4755"}]}, "files[0].mode", "mode-special"),
        ({"files": [{"path": "/x", "text": "", "uid": -1}]}, "files[0].uid", "id-range"),
        ({"files": [{"path": "/x", "text": "x" * (1 << 20) + "x"}]}, "files[0].content", "file-too-large"),
        ({"files": [{"path": "/x", "text": ""}], "links": [{"path": "/x", "target": "y"}]}, "links[0].path", "path-twice"),
        ({"files": [{"path": "/x", "text": ""}], "directories": [{"path": "/x/y"}]}, "directories[0].path",
         "path-below-file"),
        ({"links": [{"path": "/x", "target": ""}]}, "links[0].target", "empty"),
        ({"certificates": ["no PEM"]}, "certificates[0]", "certificate"),
        ({"certificates": [CERTIFICATE.replace("CERTIFICATE", "RSA PRIVATE KEY")]}, "certificates[0]", "private-key"),
        ({"certificates": [CERTIFICATE + "and more"]}, "certificates[0]", "certificate-text"),
        ({"certificates": [CERTIFICATE.replace("MI", "MJ", 1)]}, "certificates[0]", "certificate"),
        ({"certificates": [HOLLOW]}, "certificates[0]", "certificate"),
        ({"users": [{"name": "root", "uid": 5, "gid": 5}]}, "users[0].name", "account-built-in"),
        ({"users": [{"name": "toor", "uid": 0, "gid": 0}]}, "users[0].id", "id-built-in"),
        ({"users": [{"name": "a", "uid": 5, "gid": 5, "comment": "x:y"}]}, "users[0].comment", "colon"),
        ({"users": [{"name": "a", "uid": 5, "gid": 5, "home": "/x\n0:0"}]}, "users[0].home", "control-character"),
        ({"users": [{"name": "a", "uid": 5, "gid": 5}, {"name": "b", "uid": 5, "gid": 5}]}, "users[1]", "account-twice"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named_with_its_field(change: dict[str, Any], field: str, code: str) -> None:
    assert (field, code) in broken(**change)


@pytest.mark.parametrize("name", ["LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT"])
def test_variables_that_load_foreign_code_are_refused(name: str) -> None:
    assert any(field.startswith("env") for field, _ in broken(env={name: "/tmp/x.so"}))


@pytest.mark.parametrize("port", ["0", "65536", "http", "80/icmp", "80\n"])
def test_what_is_no_port_is_refused(port: str) -> None:
    assert any(field.startswith("ports") for field, _ in broken(ports=[port]))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"suite": 13}, "suite"),
        ({"packages": "curl"}, "packages"),
        ({"packages": [1]}, "packages[0]"),
        ({"env": {"A": 1}}, "env"),
        ({"surprise": 1}, "surprise"),
        ({"files": [{"path": "/x"}]}, "files[0]"),
        ({"files": [{"path": "/x", "base64": "§"}]}, "files[0]"),
        ({"files": [{"path": "/x", "text": "", "mode": "rwx"}]}, "files[0]"),
        ({"users": [{"name": "a"}]}, "users[0]"),
        ({"base": {"reference": 1, "spec": {"suite": "x"}}}, "base"),
    ],
)
def test_values_of_the_wrong_shape_are_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(SpecMalformed) as refused:
        Spec.from_json({**SOUND, **change})
    assert refused.value.field.startswith(field)
