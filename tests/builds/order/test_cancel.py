"""A build can be cancelled until its signing begins."""

from __future__ import annotations

from typing import Any

import pytest

from builds.cancel import CannotCancel, cancel
from builds.models import Build
from builds.order import order_golden
from catalog.models import VersionStream
from registry.models import Repository
from tenants.models import AuditEntry, Tenant
from tests.builds.golden import CUSTOMISATION

pytestmark = pytest.mark.django_db


@pytest.fixture
def build(acme: Tenant, python: VersionStream, sent: Any) -> Build:
    return order_golden(tenant=acme, name="web", base=python, customisation=CUSTOMISATION, actor="bob")


@pytest.mark.parametrize("state", ["queued", "building"])
def test_a_build_that_runs_is_stopped(build: Build, state: str) -> None:
    Build.objects.filter(pk=build.pk).update(state=state)

    cancel(build=build, actor="bob")

    assert build.state == "cancelled"
    assert build.ended_at is not None
    assert set(build.steps.values_list("state", flat=True)) == {"skipped"}


def test_its_worker_s_key_opens_nothing_any_more(build: Build) -> None:
    cancel(build=build, actor="bob")

    assert build.key_sha256 == ""
    assert not Repository.objects.filter(name=f"staging/{build.id}").exists()


def test_it_is_audited(build: Build, acme: Tenant) -> None:
    cancel(build=build, actor="bob", address="192.0.2.1")

    entry = AuditEntry.objects.get(tenant=acme, verb="build.cancelled")
    assert (entry.actor, entry.object, entry.address) == ("bob", str(build.id), "192.0.2.1")


@pytest.mark.parametrize("state", ["signing", "succeeded", "failed", "cancelled"])
def test_a_build_that_ended_or_is_being_signed_is_not(build: Build, state: str) -> None:
    Build.objects.filter(pk=build.pk).update(state=state)

    with pytest.raises(CannotCancel, match="can no longer be cancelled"):
        cancel(build=build, actor="bob")

    assert Build.objects.get(pk=build.pk).state == state
