"""An archive that does not answer, or that somebody else signed."""

from pathlib import Path

import pytest

from tests.portal.demo.archive import Archive, prepared_only
from tests.servers.running import RunningPortal, any_port

pytestmark = [pytest.mark.xdist_group("demo-runs"), pytest.mark.network]
#: Real keys of Debian, none of which signs a release any more.
OLD_KEYS = Path("/usr/share/keyrings/debian-archive-removed-keys.gpg")


@pytest.fixture
def start(tmp_path):
    started = []

    def begin(**environ):
        snapshots = str(prepared_only(tmp_path / "snapshots"))
        portal = RunningPortal(tmp_path / "var", ASSAY_SNAPSHOTS=snapshots, **environ)
        started.append(portal)
        return portal.start()

    yield begin
    for portal in started:
        portal.clean_up()


def test_a_silent_archive_is_said_and_the_catalogue_goes_on_when_it_answers(start):
    archive = Archive(any_port())
    portal = start(ASSAY_ARCHIVE=archive.setting)
    said = portal.wait_for("Trying again in 2 s.")
    assert "builds ordered" not in said
    assert "Traceback" not in said
    with archive:
        portal.wait_for("package index of trixie is ready")
        portal.wait_for("8 builds ordered")


def test_an_index_that_somebody_else_signed_is_refused_and_it_is_said(start):
    portal = start(ASSAY_ARCHIVE_KEYRING=str(OLD_KEYS))
    said = portal.wait_for("is not signed by a trusted key")
    assert "builds ordered" not in said
    assert "Traceback" not in said
