"""Ctrl-C while the demo still prepares: it says so in a sentence and leaves nothing running."""

import signal
import subprocess
import sys
import time

import pytest

from tests.servers.running import ROOT, RunningPortal, any_port

pytestmark = pytest.mark.xdist_group("demo-runs")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_before_the_address_leaves_nothing_behind(tmp_path, number):
    place = tmp_path / "a place"
    portal = RunningPortal(place, SECRET_KEY="a key for this test")
    begun = subprocess.Popen(
        # A shell starts background jobs with SIGINT ignored, and tests may be one.
        ["env", "--default-signal=INT", sys.executable, "manage.py", "demo", "--port", str(any_port())],
        cwd=ROOT, env=portal.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert begun.stdout.readline() == "demo: collecting static files\n"
        begun.send_signal(number)
        said, complained = begun.communicate(timeout=60)
    finally:
        begun.kill()
    assert begun.returncode == 128 + signal.SIGINT
    assert said == "demo: stopped before it answered; nothing is lost\n"
    assert "Traceback" not in complained
    end = time.monotonic() + 20  # the kernel tells the child, which then ends by itself
    while collecting_for(place) and time.monotonic() < end:
        time.sleep(0.05)
    assert collecting_for(place) == []


def collecting_for(place):
    """The processes whose environment names the place, by a look at all of this machine's."""
    found = subprocess.run(
        ["pgrep", "-f", "manage.py collectstatic"], capture_output=True, text=True, check=False
    )
    here = []
    for pid in found.stdout.split():
        try:
            with open(f"/proc/{pid}/environ") as environ:
                here += [pid] if f"ASSAY_VAR={place}" in environ.read() else []
        except OSError:
            continue
    return here
