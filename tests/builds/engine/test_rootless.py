"""The sandbox of an ordinary user: the same verdicts, in a user namespace over subordinate ids."""

from __future__ import annotations

import os
import pickle
import pwd
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builds.engine.errors import EngineError
from builds.engine.sandbox import NoRuncError, RuncRunner, TestReport, TestSpec
from builds.engine.sandbox.container import find_runc
from builds.engine.store import Store
from tests.builds.engine.busybox import BOX, SERVER, check, image

pytestmark = [pytest.mark.network, pytest.mark.xdist_group("runc")]

ROOT = Path(__file__).resolve().parents[3]
ORDINARY = "nobody"
IDS = f"{ORDINARY}:300000:65536\n"
#: Whatever is below somebody's home is put where everybody may read it, in a mount namespace of its own.
BECOME = """
set -e
mount --bind "$1/ids" /etc/subuid; mount --bind "$1/ids" /etc/subgid
mount -t tmpfs seen /mnt; mkdir /mnt/code /mnt/site /mnt/python
mount --bind "$2" /mnt/code; mount --bind "$3" /mnt/site; mount --bind "$4" /mnt/python
cd /mnt/code
exec setpriv --reuid nobody --regid nogroup --clear-groups \
    env PYTHONPATH=/mnt/code:/mnt/site "/mnt/python/bin/$5" -c "$6" "$1"
"""
CALL = """
import pickle, sys
from pathlib import Path
from builds.engine.errors import EngineError
folder = Path(sys.argv[1])
runner, store, image, spec = pickle.loads((folder / "asked").read_bytes())
try:
    answer = runner.run(store=store, image=image, spec=spec)
except EngineError as error:
    answer = error
(folder / "answer").write_bytes(pickle.dumps(answer))
"""


@pytest.fixture
def store() -> Iterator[Store]:
    try:
        find_runc()
    except NoRuncError as error:
        pytest.skip(str(error))
    if os.geteuid() != 0:
        pytest.skip(
            "becoming an ordinary user takes root; an ordinary user's run of test_runc.py is this test"
        )
    with tempfile.TemporaryDirectory(prefix="assay-ordinary-", dir="/var/tmp") as name:
        yield Store(Path(name) / "store")


def as_ordinary(store: Store, tests: dict[str, Any], ids: str = IDS, **changes: Any) -> TestReport:
    """What the runner says to a user that has these subordinate ids. Raises what it raised there."""
    folder = store.root.parent
    asked = (RuncRunner(), store, image(store, **changes), TestSpec.from_json(tests))
    (folder / "asked").write_bytes(pickle.dumps(asked))
    (folder / "ids").write_text(ids)
    owner = pwd.getpwnam(ORDINARY)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    site, python = sysconfig.get_path("purelib"), Path(sys.executable).resolve().name
    words = [folder, ROOT, site, sys.base_prefix, python, CALL]
    words = ["unshare", "--mount", "bash", "-c", BECOME, "become", *words]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    answer: TestReport | EngineError = pickle.loads((folder / "answer").read_bytes())
    if isinstance(answer, EngineError):
        raise answer
    return answer


def test_an_ordinary_user_s_sandbox_keeps_the_owners_of_an_image(store: Store) -> None:
    tests = {
        "starts": True, "probes": [{"port": 8080, "path": "/"}],
        "commands": [
            {"name": "owner", "args": [BOX, "stat", "-c", "%u %a", "/data", "/etc/secret"], "stdout": "^65532 700\n0 600$"},
            {"name": "secret", "args": [BOX, "cat", "/etc/secret"], "exit": 1},
            {"name": "who", "args": [BOX, "id", "-u"], "stdout": "^65532$"},
        ],
    }  # fmt: skip
    report = as_ordinary(store, tests, cmd=SERVER)
    assert report.was_run
    assert report.passed, [one for one in report.checks if not one.passed]


def test_what_fails_for_root_fails_for_an_ordinary_user(store: Store) -> None:
    report = as_ordinary(
        store, {"commands": [{"name": "it", "args": [BOX, "expr", "1", "+", "1"], "stdout": "^3$"}]}
    )
    assert not check(report, "it").passed
    assert check(report, "it").evidence


def test_a_user_without_subordinate_ids_is_told_what_is_missing(store: Store) -> None:
    with pytest.raises(NoRuncError, match="/etc/subuid"):
        as_ordinary(store, {}, ids="")


def test_nothing_of_a_sandbox_is_left_behind(store: Store) -> None:
    before = set(Path("/dev/shm").glob("assay-test-*"))
    as_ordinary(store, {"commands": [{"name": "it", "args": [BOX, "true"]}]})
    assert set(Path("/dev/shm").glob("assay-test-*")) <= before
