"""Keeping, letting go, turning back and deleting, by hand: each asks first and is refused by name."""

from __future__ import annotations

import pytest

from registry import visibility
from registry.models import HeldTag, Tag
from registry.withdraw import withdraw
from tenants.models import AuditEntry
from tests.registry.pages.conftest import NEW_DIGEST, OLD_DIGEST

OWN, GRANTED = "/repositories/app/tags/1/", "/repositories/web/nginx/tags/1/"
BACK = {"digest": OLD_DIGEST, "reason": "it crashes"}


def digest_of(acme, name: str) -> str:
    return visibility.find(tenant=acme, name=name).tag("1").digest


def test_turning_back_asks_and_then_does(alices, acme, app):
    page = alices.get(f"{OWN}move?digest={OLD_DIGEST}").content.decode()
    assert "Move 1 back?" in page
    assert digest_of(acme, "app") == NEW_DIGEST
    done = alices.post(f"{OWN}move", BACK)
    assert (done.status_code, done["Location"]) == (302, OWN)
    assert digest_of(acme, "app") == OLD_DIGEST
    assert "it crashes" in alices.get(OWN).content.decode()
    assert AuditEntry.objects.get(verb="tag.rolled_back").actor == "alice@example.com"


def test_pinning_asks_and_then_does_and_can_be_undone(alices, acme, granted):
    assert "Keep 1 here?" in alices.get(f"{GRANTED}move?digest={OLD_DIGEST}").content.decode()
    assert alices.post(f"{GRANTED}move", BACK).status_code == 302
    assert digest_of(acme, "web/nginx") == OLD_DIGEST
    assert alices.post(f"{GRANTED}unpin")["Location"] == "/pins/"
    assert digest_of(acme, "web/nginx") == NEW_DIGEST
    page = alices.get("/pins/").content.decode()
    assert "Pin again" in page
    assert alices.post(f"{GRANTED}move", BACK).status_code == 302
    assert digest_of(acme, "web/nginx") == OLD_DIGEST


def test_a_second_unpin_says_that_there_is_none(alices, granted):
    page = alices.post(f"{GRANTED}unpin", follow=True).content.decode()
    assert "This tag is not pinned." in page


def test_deleting_asks_says_what_stays_and_then_does(alices, app):
    page = alices.get(f"{OWN}delete").content.decode()
    assert "stays pullable for 90 days" in page
    assert Tag.objects.filter(name="1").exists()
    assert alices.post(f"{OWN}delete")["Location"] == "/repositories/app/"
    assert not Tag.objects.filter(name="1").exists()
    entry = AuditEntry.objects.get(verb="tag.deleted")
    assert (entry.object, entry.data["digest"]) == ("app:1", NEW_DIGEST)
    assert alices.get(f"{OWN}delete").status_code == 404


@pytest.mark.parametrize(
    ("path", "posted", "slug"),
    [(f"{OWN}move", BACK, "tag_immutable"), (f"{OWN}delete", {}, "tag_immutable")],
)
def test_a_fixed_tag_is_refused_by_name(alices, acme, app, path, posted, slug):
    Tag.objects.update(is_immutable=True)
    answer = alices.post(path, posted)
    assert answer.status_code == 422
    assert slug in answer.content.decode()
    assert digest_of(acme, "app") == NEW_DIGEST


@pytest.mark.parametrize("path", [OWN, GRANTED])
def test_a_withdrawn_digest_is_refused_by_name_and_the_reason_is_kept(alices, app, granted, path):
    for repository in (app, granted.repository):
        withdraw(repository=repository, digest=OLD_DIGEST, reason="broken", actor="tests")
    assert "withdrawn or no longer kept" in alices.get(f"{path}move?digest={OLD_DIGEST}").content.decode()
    answer = alices.post(f"{path}move", BACK)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "manifest_withdrawn" in page
    assert 'value="it crashes"' in page
    assert not HeldTag.objects.exists()


def test_a_digest_that_the_tag_never_had_is_not_there(alices, app, granted):
    for path in (OWN, GRANTED):
        assert alices.get(f"{path}move?digest=sha256:{'0' * 64}").status_code == 404
        assert alices.get(f"{path}move").status_code == 404
        assert alices.post(f"{path}move", {"digest": "", "reason": "x"}).status_code == 404


def test_the_platforms_tags_are_not_deleted_and_ones_own_not_pinned(alices, app, granted):
    assert alices.post(f"{GRANTED}delete").status_code == 404
    assert alices.post(f"{OWN}unpin").status_code == 404


@pytest.mark.parametrize("where", [OWN, GRANTED])
@pytest.mark.parametrize("what", ["move", "unpin", "delete"])
def test_builders_and_strangers_change_nothing(bobs, charlies, app, granted, acme, where, what):
    for client in (bobs, charlies):
        assert client.post(f"{where}{what}", BACK).status_code == 404
    assert (digest_of(acme, "app"), digest_of(acme, "web/nginx")) == (NEW_DIGEST, NEW_DIGEST)
