"""The page of one image."""

from __future__ import annotations

import pytest

from catalog.models import Image
from registry import push
from registry.digest import Digest
from tests.catalog import world

TABS = ("overview", "tags", "packages", "sbom", "verify", "compare")


@pytest.fixture
def python(acme, globex) -> Image:
    image = world.image()
    world.released(image.streams.get())
    return image


def test_the_pull_command_names_this_host(visit, alice, python) -> None:
    page = visit(alice, "/images/python/").content.decode()
    assert "docker pull acme.localhost/python:3.13" in page


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens(visit, alice, python, tab: str) -> None:
    answer = visit(alice, f"/images/python/?tab={tab}")
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.content.decode()


def test_tags_that_never_move_are_marked_fixed(visit, alice, python) -> None:
    page = visit(alice, "/images/python/?tab=tags").content.decode()
    assert "3.13-202608221000" in page
    assert "fixed" in page


def test_two_releases_are_compared(visit, alice, python) -> None:
    world.released(python.streams.get(), content=b"another layer")
    page = visit(alice, "/images/python/?tab=compare").content.decode()
    assert "3.13-202608221001" in page
    assert "0 packages differ" in page


def test_an_image_before_its_first_release_says_what_is_happening(visit, alice, acme) -> None:
    world.image("redis", stream="8")
    page = visit(alice, "/images/redis/").content.decode()
    assert "There is nothing to pull yet." in page
    assert "not built yet" in page


def test_an_image_that_is_not_granted_is_not_there(visit, alice, acme) -> None:
    world.image("redis", is_free=False, stream="8")
    assert visit(alice, "/images/redis/").status_code == 404


def test_a_digest_that_the_grant_does_not_show_has_no_evidence(visit, alice, python) -> None:
    unshown = world.pushed(python.repository, content=b"never tagged")
    assert visit(alice, f"/images/python/evidence/sbom/{unshown.digest}").status_code == 404


def test_a_document_is_served_byte_for_byte(visit, alice, python) -> None:
    release = python.streams.get().releases.get()
    document = b'{"spdxVersion": "SPDX-2.3",  "odd": "spacing"}'
    _refer(python.repository, release.digest, document)
    answer = visit(alice, f"/images/python/evidence/sbom/{release.digest}")
    assert answer.content == document
    assert release.digest.replace(":", "-") in answer["Content-Disposition"]


def test_a_kind_of_evidence_that_nobody_knows_is_not_there(visit, alice, python) -> None:
    release = python.streams.get().releases.get()
    assert visit(alice, f"/images/python/evidence/poem/{release.digest}").status_code == 404


def _refer(repository, subject: str, document: bytes) -> None:
    import json

    empty = b"{}"
    for blob in (empty, document):
        push.store_blob(repository=repository, chunks=[blob], expected=Digest.of(blob))
    size = repository.manifest_links.get(manifest__digest=subject).manifest.size
    content = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": world.MANIFEST,
            "artifactType": "application/spdx+json",
            "config": world._descriptor("application/vnd.oci.empty.v1+json", empty),
            "layers": [world._descriptor("application/spdx+json", document)],
            "subject": {"mediaType": world.INDEX, "digest": subject, "size": size},
        }
    ).encode()
    push.put_manifest(repository=repository, content=content, media_type=world.MANIFEST, actor="tests")
