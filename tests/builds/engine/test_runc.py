"""The sandbox: it passes what holds, fails what does not, and holds programs in."""

from __future__ import annotations

import errno
import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builds.engine.errors import DiskFull
from builds.engine.sandbox import Check, NoRuncError, RuncRunner, TestReport, TestSpec
from builds.engine.sandbox.container import find_runc
from builds.engine.spec import Spec
from builds.engine.spec.values import DirectoryEntry, FileEntry
from builds.engine.store import Store
from tests.builds.engine.busybox import BOX, SERVER, WAITING, check, image
from tests.builds.engine.debs import Deb
from tests.builds.engine.kitchen import Kitchen

pytestmark = [pytest.mark.network, pytest.mark.xdist_group("runc")]


def run(store: Store, tests: dict[str, Any], **changes: Any) -> TestReport:
    return RuncRunner().run(store=store, image=image(store, **changes), spec=TestSpec.from_json(tests))


def command(store: Store, *args: str, **fields: Any) -> Check:
    """Run one program of the image in a container of its own."""
    tests = {"commands": [{"name": "it", "args": [BOX, *args], **fields}]}
    return check(run(store, tests), "it")


def test_a_program_that_does_what_is_expected_passes(store: Store) -> None:
    assert command(store, "expr", "6", "*", "7", stdout="^42$").passed


@pytest.mark.parametrize(
    ("args", "fields"),
    [
        (["expr", "6", "*", "7"], {"stdout": "^43$"}),
        (["false"], {}),
        (["true"], {"exit": 1}),
        (["cat", "/missing"], {"exit": 1, "stderr": "something else"}),
        (["sleep", "30"], {"seconds": 0.5}),
    ],
    ids=["output", "exit", "no exit", "error text", "too slow"],
)
def test_a_program_that_does_otherwise_fails(store: Store, args: list[str], fields: dict[str, Any]) -> None:
    seen = command(store, *args, **fields)
    assert not seen.passed
    assert seen.evidence


def test_a_program_that_is_missing_fails_and_is_named(store: Store) -> None:
    report = run(store, {"commands": [{"name": "it", "args": ["/usr/bin/gone"]}]})
    assert not check(report, "it").passed
    assert "/usr/bin/gone" in check(report, "it").evidence


@pytest.mark.parametrize(
    ("args", "stdout"),
    [
        (["id", "-u"], "^65532$"),
        (["grep", "CapEff", "/proc/self/status"], "0000000000000000"),
        (["grep", "NoNewPrivs", "/proc/self/status"], "1$"),
        (["ls", "/sys/class/net"], "^lo$"),
        (["sh", "-c", "touch /etc/x 2>&1 || echo refused"], "refused"),
        (["sh", "-c", "cat /etc/secret 2>&1 || echo refused"], "refused"),
        (["sh", "-c", "touch /tmp/x && touch /data/x && echo written"], "written"),
        (["sh", "-c", "ping -c 1 -W 1 192.0.2.1 2>&1 || echo unreachable"], "unreachable"),
        (["sh", "-c", "mount -t tmpfs none /tmp 2>&1 || echo refused"], "refused"),
        (["sh", "-c", "ls /proc/1/root/ && readlink /proc/1/exe"], "busybox"),
    ],
    ids=["not root", "no capabilities", "no new rights", "no network", "read-only root", "owners hold", "volumes",
         "no outside", "no mounts", "own processes"],
)  # fmt: skip
def test_a_program_is_held_in(store: Store, args: list[str], stdout: str) -> None:
    seen = command(store, *args, stdout=stdout)
    assert seen.passed, seen.evidence


def test_a_program_that_eats_memory_is_ended_or_the_report_says_it_cannot(store: Store) -> None:
    tests = {"memory": 64 << 20, "commands": [
        {"name": "it", "args": [BOX, "sh", "-c", "tail -c 300m /dev/zero | wc -c"], "stdout": "3", "seconds": 60}]}  # fmt: skip
    report = run(store, tests)
    assert report.notes or not check(report, "it").passed


def test_a_server_is_asked_and_stopped(store: Store) -> None:
    probes = [
        {"port": 8080, "path": "/", "contains": "hello from inside"},
        {"port": 8080, "path": "/gone", "status": 404},
    ]
    inside = {
        "name": "beside",
        "args": [BOX, "wget", "-qO-", "http://127.0.0.1:8080/"],
        "stdout": "hello",
        "in_running": True,
    }
    report = run(store, {"starts": True, "probes": probes, "commands": [inside]}, cmd=SERVER)
    assert report.passed, [one for one in report.checks if not one.passed]
    assert {"answers on port 8080 at /", "beside", "stays up", "stops on SIGTERM"} <= {
        one.name for one in report.checks
    }


@pytest.mark.parametrize(
    ("probe", "name"),
    [
        ({"port": 8080, "path": "/", "contains": "goodbye"}, "answers on port 8080 at /"),
        ({"port": 8080, "path": "/", "status": 204}, "answers on port 8080 at /"),
        ({"port": 9090}, "answers on port 9090"),
    ],
    ids=["content", "status", "port"],
)
def test_a_server_that_answers_otherwise_fails(store: Store, probe: dict[str, Any], name: str) -> None:
    report = run(store, {"starts": True, "within": 2, "probes": [probe]}, cmd=SERVER)
    assert not check(report, name).passed
    assert not report.passed


def test_a_server_whose_program_is_missing_fails_the_image_not_the_sandbox(store: Store) -> None:
    report = run(store, {"starts": True}, entrypoint=["/usr/bin/gone"])
    assert not check(report, "stays up").passed
    assert "/usr/bin/gone" in check(report, "stays up").evidence


def test_a_server_that_ends_fails(store: Store) -> None:
    report = run(store, {"starts": True}, cmd=["echo", "nothing to do"])
    seen = check(report, "stays up")
    assert not seen.passed
    assert "nothing to do" in seen.evidence


def test_a_server_that_ignores_its_signal_fails(store: Store) -> None:
    stubborn = ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]
    report = run(store, {"starts": True, "stops_within": 1}, cmd=stubborn)
    assert not check(report, "stops on SIGTERM").passed


def test_what_prepares_shares_its_volumes_with_the_server(store: Store) -> None:
    tests = {
        "prepare": [[BOX, "sh", "-c", "echo made > /data/page"]], "starts": True,
        "commands": [{"name": "kept", "args": [BOX, "cat", "/data/page"], "stdout": "^made$", "in_running": True},
                     {"name": "owner", "args": [BOX, "stat", "-c", "%a %u", "/data"], "stdout": "^700 65532$", "in_running": True}],
    }  # fmt: skip
    report = run(store, tests, cmd=WAITING)
    assert report.passed, [one for one in report.checks if not one.passed]


def test_a_preparation_that_fails_fails_the_image(store: Store) -> None:
    report = run(store, {"prepare": [[BOX, "false"]], "starts": True}, cmd=WAITING)
    assert not check(report, "prepares with busybox").passed


def test_the_image_itself_is_looked_at(store: Store) -> None:
    tests = {"no_shell": True, "files": [{"path": "/etc/secret", "mode": "0644"}, {"path": "/www/index.html", "uid": 0},
                                         {"path": "/gone"}]}  # fmt: skip
    report = run(store, tests, user="0", entrypoint=["/usr/bin/gone"])
    assert not check(report, "runs as a user that is not root").passed
    assert not check(report, "has the program it starts").passed
    assert not check(report, "has no shell").passed
    assert "usr/bin/busybox" in check(report, "has no shell").evidence
    assert not check(report, "has /etc/secret").passed
    assert check(report, "has /www/index.html").passed
    assert not check(report, "has /gone").passed


def test_nothing_is_left_behind(store: Store, tmp_path: Path) -> None:
    spec = TestSpec.from_json({"starts": True, "stops_within": 0.2})
    RuncRunner(tmp_path).run(
        store=store, image=image(store, cmd=["sh", "-c", "trap '' TERM; sleep 987"]), spec=spec
    )
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
    deadline = time.monotonic() + 5
    while "sleep 987" in (
        running := subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    ):
        assert time.monotonic() < deadline, running


def test_a_program_that_floods_its_output_is_no_danger(store: Store) -> None:
    seen = command(store, "yes", seconds=1)
    assert not seen.passed
    assert len(seen.evidence) < 2000


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the foreign architecture is arm64 here")
def test_a_foreign_architecture_is_only_looked_at(kitchen: Kitchen) -> None:
    if not os.access("/usr/sbin/runc", os.X_OK):
        pytest.skip("runc is not installed")
    made = kitchen.build(
        Spec(suite="trixie", files=(FileEntry("/x", b""),), directories=(DirectoryEntry("/y"),)), Deb("any")
    )
    foreign = replace(made.platforms[0], architecture="arm64")
    report = RuncRunner().run(store=kitchen.store, image=foreign, spec=TestSpec.from_json({"starts": True}))
    assert not report.was_run
    assert "cannot run arm64" in report.notes[0]


def test_a_disk_without_room_for_the_image_is_said(
    kitchen: Kitchen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if not os.access(find_runc(), os.X_OK):
        pytest.skip("runc is not installed")
    monkeypatch.setattr("builds.engine.sandbox.runc.unpack_layers", full)
    made = kitchen.build(Spec(suite="trixie")).platforms[0]
    with pytest.raises(DiskFull):
        RuncRunner(tmp_path).run(store=kitchen.store, image=made, spec=TestSpec())


def test_a_machine_without_runc_says_so(
    kitchen: Kitchen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builds.engine.sandbox.container.shutil.which", lambda *_, **__: None)
    made = kitchen.build(Spec(suite="trixie")).platforms[0]
    with pytest.raises(NoRuncError, match="runc is not installed"):
        RuncRunner().run(store=kitchen.store, image=made, spec=TestSpec())
