"""The demo as its user meets it: real processes in a place whose path has a space in it."""

import http.client
import os
import signal
import socket
import stat
import time

import pytest

from portal.demo.processes import leftovers
from tests.servers.running import RunningPortal, any_port

pytestmark = pytest.mark.xdist_group("demo-runs")


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    portal = RunningPortal(tmp_path_factory.mktemp("demo") / "a place")
    yield portal
    portal.clean_up()


@pytest.fixture
def running(portal):
    if not leftovers(portal.var):
        portal.start("--no-catalogue")
    return portal


def get(portal, path, host="localhost"):
    connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=20)
    connection.request("GET", path, headers={"Host": f"{host}:{portal.port}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def test_a_taken_port_is_passed_over_and_it_is_said(portal):
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", any_port()))
        stranger.listen()
        taken = stranger.getsockname()[1]
        portal.start("--no-catalogue", port=taken)
        assert portal.port != taken
    assert f"port {taken} is taken, using {portal.port}" in portal.said


def test_the_address_and_three_people_are_printed_and_written(running):
    assert f"Assay answers at {running.address}" in running.said
    assert stat.S_IMODE((running.var / "demo.json").stat().st_mode) == 0o600
    for person in running.demo["people"]:
        assert f"{person['login']}  password {person['password']}" in running.said


@pytest.mark.parametrize(
    ("host", "path"), [("localhost", "/"), ("localhost", "/acme/readyz"), ("globex.localhost", "/readyz")]
)
def test_portal_and_tenants_answer_by_host_and_by_path(running, host, path):
    assert get(running, path, host) in (200, 302)


def test_static_files_are_served_compressed_and_under_hashed_names(running):
    names = [path.name for path in (running.var / "static").rglob("*.css.gz")]
    assert names, "nothing was collected"


def test_a_second_start_names_the_first_ones_address(running):
    refused = running.run_to_end()
    assert refused.returncode != 0
    assert f"A demo already runs here at {running.address}" in refused.stderr
    assert get(running, "/readyz") == 200, "the refused start must leave the first alone"


@pytest.mark.parametrize("name", ["web", "worker", "signer", "scheduler"])
def test_a_process_that_is_killed_comes_back(running, name):
    until((running.var / "run" / f"{name}.pid").exists)
    first = running.pid_of(name)
    os.kill(first, signal.SIGKILL)
    running.wait_for(f"{name} was ended by SIGKILL; starting it again")
    until(lambda: (running.var / "run" / f"{name}.pid").exists() and running.pid_of(name) != first)
    until(lambda: name != "web" or get_or_none(running) == 200)


def get_or_none(portal):
    try:
        return get(portal, "/readyz")
    except OSError:
        return None


def test_a_worker_has_no_database(running):
    until((running.var / "run" / "worker.pid").exists)
    descriptors = f"/proc/{running.pid_of('worker')}/fd"
    opened = {os.readlink(f"{descriptors}/{name}") for name in os.listdir(descriptors)}
    assert not [path for path in opened if "sqlite3" in path]


def test_after_a_kill_nothing_stays_and_the_next_start_knows_its_people(running):
    before = running.demo["people"]
    running.kill()
    until(lambda: not leftovers(running.var))
    running.start("--no-catalogue")
    assert running.demo["people"] == before
    assert get(running, "/readyz") == 200


def test_ctrl_c_ends_every_process_cleanly(running):
    assert running.stop(signal.SIGINT) == 0
    assert "demo: stopped; everything is kept for the next start" in running.said
    assert leftovers(running.var) == []
    assert not list((running.var / "run").glob("*.pid"))
    with pytest.raises(ConnectionRefusedError):
        get(running, "/readyz")
