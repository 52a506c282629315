"""A rebuild that nobody asked for is held back when its packages can do more; accepting it publishes it."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from builds import capabilities
from builds.models import Build
from builds.sign import sign
from catalog.models import Release
from registry.models import Tag

pytestmark = pytest.mark.django_db
CLIENT = {"amd64": {"connects-to-network": ["libc6"]}}
SERVER = {"amd64": {"connects-to-network": ["libc6"], "listens-on-network": ["python3.13"]}}


def released(built, found, *, content="hello", by="platform") -> Build:
    """A build with these capabilities, after the signer has had it."""
    build = built(content=content)
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
    old.result["scan"]["capabilities"] = CLIENT
    new.result["scan"]["capabilities"] = {"amd64": after}
    assert capabilities.gained(old, new) == gains


def test_only_what_was_held_back_can_be_accepted_and_by_somebody(built, monkeypatch):
    released(built, CLIENT)
    held = released(built, SERVER, content="newer")
    ordered = []
    monkeypatch.setattr(
        "builds.management.commands.accept_build.order_stream",
        lambda **given: ordered.append(given) or held,
    )
    call_command("accept_build", str(held.pk), actor="ann@example.org")
    assert ordered[0]["actor"] == "ann@example.org"
    assert str(held.pk) in ordered[0]["reason"]
    with pytest.raises(CommandError, match="cannot be the platform"):
        call_command("accept_build", str(held.pk), actor="platform")
    other = Build.objects.exclude(pk=held.pk).first()
    with pytest.raises(CommandError, match="no build"):
        call_command("accept_build", str(other.pk), actor="ann@example.org")
