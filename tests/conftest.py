"""Fixtures that tests of several floors share. The people are in `tests.people`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation
from playwright.sync_api import Browser, sync_playwright

from tests.asking import _answered_as_by_a_server, _working_for_the_platform
from tests.people import acme, alice, bob, charlie, globex, petra, sam
from tests.servers import migrated
from tests.servers.kubernetes.fixture import node
from tests.servers.running import RunningPortal

__all__ = [
    "_answered_as_by_a_server", "_working_for_the_platform", "acme", "alice", "bob", "charlie", "globex", "node",
    "petra", "sam",
]  # fmt: skip

# Playwright's loop runs beside a test, not around it: what Django asks to know better would refuse the database
# to every test that comes after the first of the browser.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

ROOT = Path(__file__).parent.parent
CHROMIUM = "/usr/bin/chromium"
OPTIONS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
#: Fixtures that are costly to start: their tests run in one process, one after another.
COSTLY = ("running_portal", "big_portal", "node")


def pytest_configure() -> None:
    """What is read is the catalogue of translations that stands here, and not an older one."""
    subprocess.run([ROOT / "deploy" / "setup" / "messages.sh"], check=True)


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """No test reads the language of a request that another made."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One chromium a test process; two playwrights cannot live in one."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip("chromium is not installed; see make setup-test")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def running_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    """One demo for all tests that follow a person's whole way, with the starter catalogue really built behind it."""
    portal = RunningPortal(tmp_path_factory.mktemp("journey") / "var")
    try:
        yield portal.start()
    finally:
        portal.clean_up()


@pytest.hookimpl(hookwrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Iterator[None]:
    """One for all workers: they inherit the environment of the process that starts them."""
    if hasattr(config, "workerinput"):
        yield
        return
    with migrated.shared():
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name in COSTLY:
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(name))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """In CI nothing may be skipped: what is missing there is a fault of the set-up."""
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = (
            f"skipped in CI: {report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr}"
        )
