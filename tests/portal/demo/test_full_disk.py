"""A disk without space: said in a sentence, and made good by freeing some."""

import os
import subprocess

import pytest

from tests.servers.running import RunningPortal

pytestmark = pytest.mark.xdist_group("demo-runs")


class SmallDisk:
    """A file system of its own size at `path`."""

    def __init__(self, path, size):
        self.path = path
        path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], check=True)

    def grow(self, size):
        subprocess.run(["mount", "-o", f"remount,size={size}", self.path], check=True)


@pytest.fixture
def small_disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    made = []

    def make(name, size):
        made.append(SmallDisk(tmp_path / name, size))
        return made[-1]

    yield make
    for disk in made:
        subprocess.run(["umount", "--lazy", disk.path], check=True)


@pytest.fixture
def portal(tmp_path):
    made = []

    def make(var, **environ):
        made.append(RunningPortal(var, **environ))
        return made[-1]

    yield make
    for one in made:
        one.clean_up()


def test_a_start_without_space_is_refused_in_a_sentence(small_disk, portal):
    disk = small_disk("full", "300k")
    (disk.path / "secrets").mkdir()
    (disk.path / "secrets" / "secret_key").write_text("a key for this test")
    refused = portal(disk.path).run_to_end()
    assert refused.returncode != 0
    assert f"No space is left on the disk for {disk.path}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_build_without_space_is_tried_again_and_succeeds_once_there_is_some(small_disk, portal, tmp_path):
    disk = small_disk("engine", "256k")
    running = portal(tmp_path / "var", ASSAY_ENGINE_STORE=str(disk.path)).start()
    running.wait_for("static:13 is queued again after attempt 2")
    disk.grow("2g")
    running.wait_for("static:13 is published")
