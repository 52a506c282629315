"""`kill -9` while a build is going on: it ends well all the same."""

import os
import signal
import time

import pytest

from bench.pulling import Person
from tests.servers.running import RunningPortal

PATIENCE = 480


@pytest.fixture
def portal(running_portal: RunningPortal) -> RunningPortal:
    running_portal.wait_for("the starter catalogue is complete", seconds=PATIENCE)
    return running_portal


def owner_of(portal):
    return Person.read(portal.var / "demo.json")


def begin(portal, name):
    """Order an image and wait until a worker is at it."""
    customisation = {"packages": ["git"], "labels": {"for": name}}
    order = {"name": name, "base": "python:3.13", "customisation": customisation}
    build = owner_of(portal).ask("builds/", order)
    return until(portal, build["id"], {"building", "signing", "succeeded", "failed"}, pause=0.01)


def until(portal, build_id, states, pause=0.2):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        build = owner_of(portal).ask(f"builds/{build_id}/")
        if build["state"] in states:
            return build
        time.sleep(pause)
    raise AssertionError(f"the build stayed {build['state']}: {build}")


def pulled_after(portal, build):
    ended = until(portal, build["id"], {"succeeded", "failed", "cancelled"})
    assert ended["state"] == "succeeded", ended["error"]
    assert owner_of(portal).pull(build["name"], ended["digest"]) > 0
    assert owner_of(portal).pull(build["name"], "latest") > 0


def test_a_build_survives_its_worker(portal):
    worker = portal.pid_of("worker")
    build = begin(portal, "worker-killed")
    os.kill(worker, signal.SIGKILL)
    assert build["state"] == "building", "the build was over before its worker could be killed"
    pulled_after(portal, build)


def test_a_build_survives_the_whole_demo(portal):
    build = begin(portal, "demo-killed")
    portal.kill()
    assert build["state"] == "building", "the build was over before the demo could be killed"
    portal.start()
    pulled_after(portal, build)
