"""A rebuild that nobody asked for is held back when its packages can do more; accepting it publishes it."""

from __future__ import annotations

import hashlib

import pytest
from django.core.management import CommandError, call_command

from builds import capabilities
from builds.accept import CannotAccept, accept
from builds.engine.lock import Lock
from builds.models import Build
from builds.sign import sign
from catalog.models import Release
from registry.models import Tag
from tenants.models import AuditEntry

pytestmark = pytest.mark.django_db
CLIENT = {"amd64": {"connects-to-network": ["libc6"]}}
SERVER = {"amd64": {"connects-to-network": ["libc6"], "listens-on-network": ["python3.13"]}}


def changed(build: Build, content: str, names: set[str]) -> None:
    """Give packages other files than those of a build with other content."""
    for entry in [*build.lock["packages"]["amd64"], *build.result["packages"]]:
        if entry["name"] in names:
            entry["sha256"] = hashlib.sha256(f"{entry['name']} {content}".encode()).hexdigest()


def released(built, found, *, content="hello", by="platform", updated=("libc6", "python3.13")) -> Build:
    """A build with these capabilities, whose packages were updated, after the signer has had it."""
    build = built(content=content)
    changed(build, content, set(updated))
    build.ordered_by = by
    build.result["scan"]["capabilities"] = found
    build.save()
    return sign(build_id=build.id)


def test_a_rebuild_that_can_do_the_same_is_published(built):
    assert released(built, CLIENT).state == Build.State.SUCCEEDED
    assert released(built, CLIENT, content="newer").state == Build.State.SUCCEEDED


def test_a_rebuild_that_can_do_more_moves_no_tag_and_says_what(built, stream):
    released(built, CLIENT)
    before = Tag.objects.get(name="3.13").manifest_id
    held = released(built, SERVER, content="newer")
    assert (held.state, held.error_code) == (Build.State.FAILED, "capabilities-gained")
    assert "listens on network: python3.13" in held.error
    assert f"accept_build {held.pk}" in held.error
    assert Tag.objects.get(name="3.13").manifest_id == before
    assert Release.objects.count() == 1


def test_what_a_person_ordered_is_published_and_is_the_new_measure(built):
    released(built, CLIENT)
    assert released(built, SERVER, content="newer", by="ann@example.org").state == Build.State.SUCCEEDED
    assert released(built, SERVER, content="newest").state == Build.State.SUCCEEDED


def test_a_first_release_and_one_from_before_scans_have_nothing_to_be_held_against(built):
    assert released(built, SERVER).state == Build.State.SUCCEEDED
    Build.objects.update(result={})
    assert released(built, SERVER, content="newer").state == Build.State.SUCCEEDED


@pytest.mark.parametrize(
    ("after", "gains"),
    [
        ({"runs-programs": ["libc6"]}, {"runs-programs": ["libc6"]}),
        ({"runs-programs": ["newcomer"]}, {"runs-programs": ["newcomer"]}),
        ({"connects-to-network": ["libc6", "newcomer"]}, {}),  # a new package that can do what others could
        ({"connects-to-network": ["libc6", "python3.13"]}, {"connects-to-network": ["python3.13"]}),
        ({}, {}),
    ],
)
def test_a_gain_is_what_a_known_package_or_the_whole_image_could_not_do(built, after, gains):
    old, new = built(), built(content="newer")
    changed(new, "newer", {"libc6", "python3.13"})
    old.result["scan"]["capabilities"] = CLIENT
    new.result["scan"]["capabilities"] = {"amd64": after}
    assert capabilities.gained(old, new) == gains


def test_a_package_with_the_same_files_gained_nothing_whatever_new_rules_find(built):
    released(built, CLIENT, updated=())
    same = built(content="newer")
    same.result["scan"]["capabilities"] = SERVER
    same.result["scan"]["rules"] = "sha256:" + "5" * 64
    assert capabilities.gained(Build.objects.first(), same) == {}
    assert released(built, SERVER, content="newer", updated=("libc6",)).state == Build.State.SUCCEEDED
    listens = {"amd64": {**SERVER["amd64"], "loads-code": ["libc6", "python3.13"]}}
    held = released(built, listens, content="newest", updated=("libc6",))
    assert "loads code: libc6)" in held.error


@pytest.fixture
def held(built) -> Build:
    released(built, CLIENT)
    return released(built, SERVER, content="newer")


@pytest.fixture
def solves(monkeypatch, held):
    """The stream's packages are made up, so what its definition gives is, too."""
    monkeypatch.setattr("builds.order.solve", lambda *, spec: Lock.from_json(held.lock))


def test_accepting_orders_the_image_again_in_a_persons_name(held, solves):
    call_command("accept_build", str(held.pk), actor="ann@example.org")
    ordered = Build.objects.latest("ordered_at")
    assert (ordered.stream, ordered.ordered_by, ordered.state) == (held.stream, "ann@example.org", "queued")
    assert str(held.pk) in ordered.reason
    entry = AuditEntry.objects.get(verb="build.accepted")
    assert (entry.actor, entry.data["build"], entry.data["ordered"]) == (
        "ann@example.org", str(held.pk), str(ordered.pk),
    )  # fmt: skip
    assert "listens on network: python3.13" in entry.data["held"]


def test_what_is_on_its_way_is_not_ordered_twice(held, solves):
    first = accept(build_id=held.pk, actor="ann@example.org")
    with pytest.raises(CannotAccept, match="later build"):
        accept(build_id=held.pk, actor="bea@example.org")
    Build.objects.filter(pk=first.pk).update(state=Build.State.FAILED)
    assert accept(build_id=held.pk, actor="bea@example.org").ordered_by == "bea@example.org"


def test_only_what_was_held_back_can_be_accepted_and_by_somebody(held, solves):
    with pytest.raises(CommandError, match="cannot be the platform"):
        call_command("accept_build", str(held.pk), actor="platform")
    other = Build.objects.exclude(pk=held.pk).first()
    with pytest.raises(CommandError, match="no build"):
        call_command("accept_build", str(other.pk), actor="ann@example.org")
    assert not AuditEntry.objects.filter(verb="build.accepted").exists()
