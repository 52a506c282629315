"""Stocking the catalogue: offers, entitlements, orders, and an archive that does not answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from builds.engine.errors import ArchiveUnreachable, SignatureInvalid
from builds.models import Build
from builds.refusals import FieldError, OrderRefused
from builds.starter import stock as stocking
from builds.starter.definitions import Definition
from builds.starter.definitions import definitions as every_definition
from builds.starter.stock import fetch_index, stock
from catalog.models import Image, Release, VersionStream
from registry.models import Grant
from tests.builds import small_index
from tests.builds.golden import index, sent
from tests.catalog import world

__all__ = ["index", "sent"]
pytestmark = pytest.mark.django_db
FEW = ("static", "nginx", "redis", "openjdk-jdk", "curl")


def definitions() -> dict[str, Definition]:
    """Enough of the starter catalogue to be quick; two of them are free and have two streams, one in another suite."""
    return {name: one for name, one in every_definition().items() if name in FEW}


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stocking, "definitions", definitions)


#: Suite and architectures of each index that was fetched.
FETCHED: list[tuple[str, ...]] = []


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """An archive that first meets the given troubles, then has nothing new."""
    troubles: list[Exception] = []

    def refresh(*, suite: str, architectures: Any, **_: Any) -> Any:
        if troubles:
            raise troubles.pop(0)
        FETCHED.append((suite, *architectures))
        return type("Found", (), {"digest": "sha256:0"})

    monkeypatch.setattr(stocking, "refresh", refresh)
    return troubles


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch, settings: Any, index: str) -> set[str]:
    """Every image solves to the same few packages, but those named here do not solve."""
    from builds.engine.spec import Spec

    small_index.write_index(settings.SNAPSHOT_ROOT, suite="bookworm")
    real, broken = stocking.solve, set[str]()

    def solve(*, spec: Spec) -> Any:
        if broken & set(spec.packages):
            raise OrderRefused([FieldError("packages", "package-unknown", "There is no such package.")])
        return real(spec=Spec(suite=spec.suite, packages=("curl",)))

    monkeypatch.setattr(stocking, "solve", solve)
    return broken


def test_everything_is_offered_entitled_and_ordered_once(acme, globex, archive, solved, sent) -> None:
    said: list[str] = []
    builds = stock(entitled={"acme": ["*"], "globex": ["static"]}, say=said.append)
    assert {str(build.stream.image.name) for build in builds} == set(definitions())
    assert Grant.objects.of(acme.pk).count() == len(definitions())
    free = {"openjdk-jdk", "curl", "nginx"}
    assert {grant.name for grant in Grant.objects.of(globex.pk)} == {"static", *free}
    assert stock(entitled={"acme": ["*"]}, say=said.append) == []
    assert Image.objects.count() == len(definitions())
    assert Build.objects.count() == VersionStream.objects.count() == len(definitions()) + 2


def test_only_the_named_images_are_offered_and_ordered(acme, archive, solved, sent) -> None:
    builds = stock(entitled={"acme": ["*"]}, say=lambda _: None, names=["static", "nginx"])
    assert {build.stream.image.name for build in builds} == {"static", "nginx"}
    assert set(Image.objects.values_list("name", flat=True)) == {"static", "nginx"}


def test_each_suite_s_index_is_fetched_the_installation_s_own_first(acme, archive, solved, sent) -> None:
    FETCHED.clear()
    stock(entitled={}, say=lambda _: None)
    assert FETCHED == [("trixie", "amd64"), ("trixie", "amd64", "arm64"), ("bookworm", "amd64")]
    older = Build.objects.get(stream__image__name="curl", stream__name="7.88")
    assert (older.spec["suite"], older.lock["suite"]) == ("bookworm", "bookworm")
    FETCHED.clear()
    stock(entitled={}, say=lambda _: None, names=["nginx"])
    assert {suite for suite, *_ in FETCHED} == {"trixie"}, "nothing that was not asked for"


def test_an_image_that_cannot_be_solved_keeps_back_no_other(acme, archive, solved, sent) -> None:
    solved.add("redis-server")
    said: list[str] = []
    builds = stock(entitled={}, say=said.append)
    assert len(builds) == VersionStream.objects.count() - 1
    assert any(line.startswith("redis:8.0 cannot be built now.") for line in said)


def test_a_failed_build_is_ordered_again(acme, archive, solved, sent) -> None:
    stock(entitled={}, say=lambda _: None)
    Build.objects.filter(stream__image__name="nginx").update(state=Build.State.FAILED)
    again = stock(entitled={}, say=lambda _: None)
    assert [build.stream for build in again] == [VersionStream.objects.get(image__name="nginx")]


def test_a_release_of_an_earlier_definition_is_replaced(acme, archive, solved, sent) -> None:
    stock(entitled={}, say=lambda _: None)
    Build.objects.update(state=Build.State.SUCCEEDED)
    for stream in VersionStream.objects.all():
        world.released(stream, content=str(stream).encode())
    assert stock(entitled={}, say=lambda _: None) == []
    nginx = Release.objects.get(stream__image__name="nginx")
    nginx.spec |= {"packages": ["nginx"]}
    nginx.save()
    assert [build.stream for build in stock(entitled={}, say=lambda _: None)] == [nginx.stream]


def test_a_silent_archive_is_said_and_asked_again(tmp_path, settings, archive) -> None:
    settings.SNAPSHOT_ROOT = tmp_path
    trouble = {"address": "the archive", "reason": "it did not answer"}
    archive += [ArchiveUnreachable(**trouble), ArchiveUnreachable(**trouble)]
    said: list[str] = []
    waits: list[float] = []
    fetch_index(suite="trixie", say=said.append, pause=waits.append)
    assert waits == [2.0, 5.0]
    assert "Trying again in 2 s." in said[0]
    assert "is ready" in said[-1]


def test_an_earlier_index_serves_while_the_archive_is_silent(index, archive) -> None:
    archive.append(ArchiveUnreachable(address="the archive", reason="it did not answer"))
    said: list[str] = []
    fetch_index(suite="trixie", say=said.append, pause=pytest.fail)
    assert said[-1].endswith("The index of an earlier run is used.")


def test_a_wrong_signature_is_said_and_the_index_never_used(tmp_path, settings, archive) -> None:
    settings.SNAPSHOT_ROOT = tmp_path
    archive.append(SignatureInvalid(address="InRelease", reason="it is not signed"))
    said: list[str] = []
    fetch_index(suite="trixie", say=said.append, pause=lambda _: None)
    assert said[0].startswith("The index InRelease is not signed by a trusted key")


def test_the_command_names_what_it_cannot_do(acme, archive, solved, sent) -> None:
    with pytest.raises(CommandError, match="no such tenant"):
        call_command("starter", "--entitle", "nobody=static")
    with pytest.raises(CommandError, match="TENANT=IMAGE"):
        call_command("starter", "--entitle", "acme")
