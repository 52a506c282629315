"""Changing what a tenant may pull, each change audited, and each undone exactly."""

from __future__ import annotations

import pytest

from catalog import entitlements, offer, requests
from catalog.models import AccessRequest, Chart, Entitlement, Image
from registry import grants
from registry.models import Grant, Repository
from tenants.models import AuditEntry
from tests.catalog import world


@pytest.fixture(autouse=True)
def _catalogue(acme) -> None:
    for name in ("node", "python", "redis"):
        world.image(name, is_free=False, stream="1")
    Chart.objects.create(name="redis", repository=Repository.objects.create(name="charts/redis"))


def change(acme, *, give=(), take=()):
    return entitlements.change(tenant=acme, give=give, take=take, actor="petra", address="192.0.2.7")


def held(acme) -> list[str]:
    rows = Entitlement.objects.filter(tenant=acme)
    granted = Grant.objects.of(acme.pk).values_list("repository__name", flat=True)
    names = {entitlement.thing.repository.name for entitlement in rows}
    assert names == set(granted)
    return sorted(names)


def test_only_what_is_named_changes_and_one_entry_says_so(acme):
    change(acme, give=["node", "python"])
    entry = change(acme, give=["redis", "charts/redis", "nothing"], take=["node", "absent"])
    assert held(acme) == ["charts/redis", "python", "redis"]
    assert (entry.data["added"], entry.data["withdrawn"]) == (["charts/redis", "redis"], ["node"])
    assert list(entry.data["were"]) == ["node"]
    assert (entry.tenant, entry.actor, entry.address) == (acme, "petra", "192.0.2.7")
    assert AuditEntry.objects.filter(verb=entitlements.VERB).count() == 2


def test_what_changes_nothing_leaves_no_entry(acme):
    change(acme, give=["node"])
    assert change(acme, give=["node"], take=["python"]) is None
    assert AuditEntry.objects.filter(verb=entitlements.VERB).count() == 1


def test_what_is_free_for_all_is_never_taken(acme):
    offer.entitle(tenant=acme, image=world.image("base", is_free=True))
    assert change(acme, take=["base"]) is None
    assert held(acme) == ["base"]


def test_a_repository_that_is_neither_image_nor_chart_cannot_be_had(acme):
    Repository.objects.create(name="inner")
    assert change(acme, give=["inner"]) is None
    assert not Grant.objects.exists()


def test_another_tenant_keeps_what_it_has(acme, globex):
    for tenant in (acme, globex):
        change(tenant, give=["node"])
    change(acme, take=["node"])
    assert (held(acme), held(globex)) == ([], ["node"])


def test_an_undo_takes_back_that_change_and_no_later_one(acme):
    change(acme, give=["node"])
    entry = change(acme, give=["python", "redis"], take=["node"])
    change(acme, give=["charts/redis"], take=["redis"])
    done = entitlements.undo(entry=entry, actor="paul")
    assert held(acme) == ["charts/redis", "node"]
    assert (done.data["added"], done.data["withdrawn"]) == (["node"], ["python"])
    assert done.data["undoes"] == entry.sequence
    assert (entitlements.is_undone(entry), entitlements.is_undone(done)) == (True, False)


def test_a_grant_that_was_taken_comes_back_with_its_name_and_rule(acme):
    change(acme, give=["node", "python"])
    repository = Repository.objects.get(name="node", tenant=None)
    grants.grant(tenant=acme, repository=repository, name="team/node", tag_patterns=("1*",), is_on_hold=True)
    entitlements.undo(entry=change(acme, take=["node", "python"]), actor="petra")
    again = Grant.objects.get(repository=repository)
    assert (again.name, again.tag_patterns, again.is_on_hold) == ("team/node", ["1*"], True)


def test_a_change_is_undone_once_and_an_undo_can_be_undone(acme):
    entry = change(acme, give=["node"])
    done = entitlements.undo(entry=entry, actor="petra")
    with pytest.raises(entitlements.AlreadyUndone, match="undone already"):
        entitlements.undo(entry=entry, actor="petra")
    assert held(acme) == []
    entitlements.undo(entry=done, actor="petra")
    assert held(acme) == ["node"]


def test_an_undo_of_which_nothing_is_left_says_nothing(acme):
    entry = change(acme, give=["node"])
    change(acme, take=["node"])
    assert entitlements.undo(entry=entry, actor="petra") is None


def test_a_request_that_a_change_answered_waits_again_after_an_undo(acme, bob):
    Image.objects.update(is_listed=True)
    asked = requests.ask(tenant=acme, name="redis", actor=bob)
    entry = change(acme, give=["redis"])
    asked.refresh_from_db()
    assert asked.state == AccessRequest.State.GRANTED
    entitlements.undo(entry=entry, actor="petra")
    asked.refresh_from_db()
    assert (asked.state, asked.decided_at) == (AccessRequest.State.OPEN, None)


def test_nothing_else_of_the_trail_can_be_undone(acme):
    entry = AuditEntry.objects.exclude(verb=entitlements.VERB).first()
    with pytest.raises(ValueError, match="Only a change"):
        entitlements.undo(entry=entry, actor="petra")


def test_a_change_is_found_by_its_number_in_its_own_trail_alone(acme, globex):
    entry = change(acme, give=["node"])
    assert entitlements.made_as(tenant=acme, sequence=entry.sequence) == entry
    assert entitlements.made_as(tenant=globex, sequence=entry.sequence) is None
