"""A compiled query finds what the ORM's own would, each time for whoever asks now; and is written once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pytest
from django.db import DataError, connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from registry.models import Grant, Repository
from tenants.compiled import compiled, give
from tenants.models import Directory, Hostname, Tenant
from tenants.scope import NoActiveTenant, acting_for, active_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenants() -> list[Tenant]:
    return [Tenant.objects.create(slug=slug, name=slug.title()) for slug in ("acme", "globex", "hooli")]


@compiled
def called(slug: str) -> QuerySet[Tenant]:
    return Tenant.objects.filter(slug=slug, is_active=True)[:1]


@compiled
def among(keys: Iterable[int], slugs: Iterable[str]) -> QuerySet[Tenant]:
    return Tenant.objects.filter(pk__in=keys, slug__in=slugs).order_by("slug")


@compiled
def but(slugs: Iterable[str]) -> QuerySet[Tenant]:
    return Tenant.objects.exclude(slug__in=slugs).order_by("slug")


@compiled
def hosts(tenants: Iterable[int]) -> QuerySet[Hostname]:
    return Hostname.objects.filter(tenant__in=tenants).select_related("tenant").order_by("name")


@compiled
def directories() -> QuerySet[Directory, str]:
    return Directory.objects.values_list("name", flat=True)


@compiled
def granted(tenant: int) -> QuerySet[Repository, tuple[str, str]]:
    grants = Grant.objects.of(tenant).in_force().filter(repository=OuterRef("pk"))
    return (
        Repository.objects.filter(Exists(grants))
        .annotate(called=F("name"))
        .order_by("pk")
        .values_list("called", "name")
    )


@compiled
def in_part(tenant: int) -> QuerySet[Grant, str]:
    return Grant.objects.of(tenant).that_hide().values_list("name", flat=True)


def test_rows_are_those_of_the_values_given(tenants: list[Tenant]):
    assert [called.first(slug) for slug in ("acme", "globex", "nobody")] == [*tenants[:2], None]
    assert called(slug="hooli") == tenants[2:]
    Tenant.objects.filter(slug="acme").update(is_active=False)
    assert called.first("acme") is None


def test_lists_of_every_length_are_one_statement(tenants: list[Tenant]):
    keys = [one.pk for one in tenants]
    with CaptureQueriesContext(connection) as seen:
        for many in range(4):
            assert among(keys[:many], {"acme", "globex", "hooli"}) == tenants[:many]
    assert among(keys, []) == []
    assert len({query["sql"].partition("WHERE")[0] for query in seen.captured_queries}) == 1


def test_related_rows_come_with_their_own(tenants: list[Tenant], django_assert_num_queries):
    for one in tenants:
        Hostname.objects.create(tenant=one, name=f"{one.slug}.example")
    with django_assert_num_queries(1):
        found = hosts([tenants[0].pk, tenants[2].pk])
        assert [(one.name, one.tenant.name) for one in found] == [
            ("acme.example", "Acme"),
            ("hooli.example", "Hooli"),
        ]


def test_everyone_sees_their_own_rows_alone(tenants: list[Tenant]):
    for one in tenants[:2]:
        with acting_for(one):
            Directory.objects.create(name=f"of {one.slug}", uris="ldap://d.example", user_base="dc=example")
    for one in tenants[:2]:
        with acting_for(one):
            assert directories() == [f"of {one.slug}"]
    with pytest.raises(NoActiveTenant):
        directories()


def test_the_moment_is_that_of_the_question(tenants: list[Tenant], monkeypatch):
    repository = Repository.objects.create(name="app")
    soon = timezone.now() + timedelta(minutes=5)
    Grant.objects.create(tenant=tenants[0], repository=repository, name="app", ends_at=soon)
    assert granted(tenants[0].pk) == [("app", "app")]
    assert granted(tenants[1].pk) == []
    monkeypatch.setattr(timezone, "now", lambda: soon + timedelta(seconds=1))
    assert granted(tenants[0].pk) == []


def test_constants_may_be_lists(tenants: list[Tenant]):
    for name, patterns in (("app", ["*"]), ("base", ["1.*"])):
        repository = Repository.objects.create(name=name)
        Grant.objects.create(tenant=tenants[0], repository=repository, name=name, tag_patterns=patterns)
    assert in_part(tenants[0].pk) == ["base"]


def test_a_statement_is_written_once(tenants: list[Tenant]):
    written = []

    @compiled
    def counted(slug: str) -> QuerySet[Tenant]:
        written.append(slug)
        return Tenant.objects.filter(slug=slug)

    assert [counted(slug="acme"), counted("globex")] == [tenants[:1], tenants[1:2]]
    assert len(written) == 2  # twice at once, to see that it is the same


def test_a_moment_that_was_written_in_is_refused():
    @compiled
    def recent() -> QuerySet[Tenant]:
        return Tenant.objects.filter(created_at__gte=timezone.now())

    with pytest.raises(TypeError, match="recent is another query each time"):
        recent()


def test_the_active_tenant_is_not_written_in(tenants: list[Tenant]):
    @compiled
    def ours() -> QuerySet[Hostname]:
        return Hostname.objects.filter(tenant=active_tenant())

    with acting_for(tenants[0]), pytest.raises(NoActiveTenant):
        ours()


@pytest.mark.parametrize("found", [lambda: list(Tenant.objects.all()), lambda: but([])])
def test_what_rows_say_is_not_written_in(tenants: list[Tenant], found: Callable[[], list[Tenant]]):
    @compiled
    def known() -> QuerySet[Hostname]:
        return Hostname.objects.filter(tenant__in=[one.pk for one in found()])

    with pytest.raises(TypeError, match="Rows are read"):
        known()
    assert found() == tenants


def test_a_moment_that_is_given_is_compared(tenants: list[Tenant]):
    @compiled
    def since(moment: datetime) -> QuerySet[Tenant]:
        return Tenant.objects.filter(created_at__gte=moment).order_by("slug")

    now = timezone.now()
    assert since(now - timedelta(days=1)) == tenants
    assert since(now + timedelta(days=1)) == []


def test_nothing_cannot_stand_for_a_value(tenants: list[Tenant]):
    with pytest.raises(TypeError, match="slug is None"):
        called(slug=None)  # type: ignore[arg-type]


def test_nothing_in_a_list_is_no_value_to_compare_with(tenants: list[Tenant]):
    assert but(["acme", None]) == tenants[1:]  # type: ignore[list-item]


def test_values_are_compared_as_a_field_would_prepare_them(tenants: list[Tenant]):
    lazily, safely = gettext_lazy("acme"), mark_safe("globex")
    assert [called.first(slug) for slug in (lazily, safely)] == tenants[:2]
    assert among([one.pk for one in tenants], [lazily, safely]) == tenants[:2]


def test_a_text_with_nul_is_no_other_text(tenants: list[Tenant]):
    """SQLite would end it there, PostgreSQL refuses it."""
    keys = [one.pk for one in tenants]
    with pytest.raises(ValueError if connection.vendor == "sqlite" else DataError), transaction.atomic():
        among(keys, ["acme\0"])
    assert among(keys, ["acme", r"\u0000"]) == tenants[:1]


def test_what_is_given_answers_for_its_own_alone(tenants: list[Tenant], django_assert_num_queries):
    for one in tenants:
        Hostname.objects.create(tenant=one, name=f"{one.slug}.example")
    rows = hosts([tenants[0].pk])
    give(tenants[0], "hostnames", rows, back="tenant")
    with django_assert_num_queries(0):
        assert list(tenants[0].hostnames.all()) == rows
        assert [one.tenant for one in rows] == [tenants[0]]
    assert list(tenants[0].hostnames.order_by("-name")) == rows
    assert not tenants[0].hostnames.filter(name="globex.example").exists()
    assert tenants[0].hostnames.update(verified_at=timezone.now()) == 1


def test_what_is_not_given_is_named():
    with pytest.raises(KeyError, match="slug"):
        called()  # type: ignore[call-arg]
