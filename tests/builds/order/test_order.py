"""An order is accepted whole or not at all."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from builds.engine.lock import Lock
from builds.engine.spec import Spec
from builds.models import Build, Recipe, RecipeRevision
from builds.order import order_golden, order_revision, order_stream
from builds.recipes import name_error
from builds.refusals import OrderRefused
from catalog.models import VersionStream
from registry.models import Repository
from tenants.models import AuditEntry, Tenant, User
from tests.builds.golden import CUSTOMISATION

pytestmark = pytest.mark.django_db


def order(tenant: Tenant, base: VersionStream, name: str = "web", **change: Any) -> Build:
    return order_golden(
        tenant=tenant,
        name=name,
        base=base,
        customisation={**CUSTOMISATION, **change},
        actor="bob@example.com",
    )


def test_spec_and_lock_are_complete_and_fixed(acme: Tenant, python: VersionStream, sent: Any) -> None:
    build = order(acme, python)

    spec, lock = Spec.from_json(build.spec), Lock.from_json(build.lock)
    assert spec.packages == ("curl", "git")
    assert spec.entrypoint == ("/usr/bin/curl",)
    assert spec.base is not None
    assert spec.base.reference.startswith("python:3.13@sha256:")
    assert [package.name for package in lock.packages["amd64"]] == [
        "curl", "git", "libc6", "libcurl4", "zlib1g",
    ]  # fmt: skip
    assert lock.suite == "trixie"


def test_a_worker_is_woken_after_commit_with_the_only_copy_of_the_key(
    acme: Tenant, python: VersionStream, sent: list[tuple[str, str]], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=False) as later:
        build = order(acme, python)
    assert sent == []

    for callback in later:
        callback()

    [(woken, key)] = sent
    assert woken == str(build.id)
    build.refresh_from_db()
    assert build.key_sha256 == hashlib.sha256(key.encode()).hexdigest()
    staging = Repository.objects.get(name=f"staging/{build.id}")
    assert staging.is_staging
    assert staging.mounts_from == python.image.repository


def test_the_seven_steps_wait(acme: Tenant, python: VersionStream, sent: Any) -> None:
    build = order(acme, python)

    names = list(build.steps.values_list("name", "state"))
    assert [name for name, _ in names] == ["fetch", "assemble", "scan", "test", "push", "sign", "publish"]
    assert {state for _, state in names} == {"waiting"}


def test_the_tenant_owns_the_repository_and_the_order_is_audited(
    acme: Tenant, python: VersionStream, sent: Any
) -> None:
    build = order(acme, python)

    assert Repository.objects.owned_by(acme.id).filter(name="web").exists()
    entry = AuditEntry.objects.get(tenant=acme, verb="build.ordered")
    assert (entry.actor, entry.object) == ("bob@example.com", "web")
    assert entry.data["build"] == str(build.id)


def test_the_same_answer_twice_is_one_revision(acme: Tenant, python: VersionStream, sent: Any) -> None:
    first, second = order(acme, python), order(acme, python)
    third = order(acme, python, packages=["git"])

    assert first.revision == second.revision
    assert first.id != second.id
    assert first.lock == second.lock
    assert third.revision is not None
    assert third.revision.number == 2


def test_a_stored_revision_can_be_built_again(acme: Tenant, python: VersionStream, sent: Any) -> None:
    first = order(acme, python)
    assert first.revision is not None

    again = order_revision(revision=first.revision, actor="alice@example.com")

    assert again.lock == first.lock
    assert again.spec == first.spec


def test_a_newline_in_a_label_is_refused_and_nothing_is_stored(
    acme: Tenant, python: VersionStream, sent: Any
) -> None:
    with pytest.raises(OrderRefused) as refused:
        order(acme, python, labels={"team": "web\nadmin"})

    assert refused.value.errors[0].field == "labels.team"
    assert not Build.objects.exists()
    assert not Recipe.unscoped.exists()
    assert not RecipeRevision.objects.exists()
    assert not Repository.objects.owned_by(acme.id).exists()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Web", "name-grammar"),
        ("../up", "name-grammar"),
        ("", "name-grammar"),
        ("a" * 121, "name-grammar"),
        ("api/x", "name-reserved"),
        ("team/tags", "name-reserved"),
        ("python", "name-taken"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(
    acme: Tenant, python: VersionStream, sent: Any, name: str, code: str
) -> None:
    with pytest.raises(OrderRefused) as refused:
        order(acme, python, name=name)

    assert [(error.field, error.code) for error in refused.value.errors] == [("name", code)]


def test_name_and_packages_are_refused_together(acme: Tenant, python: VersionStream, sent: Any) -> None:
    with pytest.raises(OrderRefused) as refused:
        order(acme, python, name="Web", packages=["crul"])

    assert [error.field for error in refused.value.errors] == ["name", "packages[0]"]


def test_two_tenants_may_use_one_name(
    acme: Tenant, globex: Tenant, python: VersionStream, sent: Any, charlie: User
) -> None:
    first, second = order(acme, python), order(globex, python)

    assert first.revision is not None
    assert second.revision is not None
    assert first.revision.recipe != second.revision.recipe
    assert Repository.objects.filter(name="web", tenant__isnull=False).count() == 2


def test_a_stream_is_built_for_nobody_in_particular(python: VersionStream, sent: Any) -> None:
    build = order_stream(stream=python, actor="scheduler", reason="the index changed")

    assert build.tenant is None
    assert build.stream == python
    assert build.reason == "the index changed"
    assert AuditEntry.objects.filter(tenant=None, verb="build.ordered", object="python:3.13").exists()


def test_a_name_that_holds_pushed_images_is_no_golden_images(python, acme, sent) -> None:
    Repository.objects.create(tenant=acme, name="pushed", is_push_allowed=True)
    error = name_error(tenant=acme, name="pushed")
    assert error is not None
    assert error.code == "name-pushed"


@pytest.mark.parametrize("name", ["new", "new/base"])
def test_the_wizards_own_address_is_no_name(acme, name) -> None:
    error = name_error(tenant=acme, name=name)
    assert error is not None
    assert error.code == "name-reserved"
