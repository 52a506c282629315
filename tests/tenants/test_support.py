"""Visits of platform support: under the visitor's own name, for a while, and never unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from tenants import audit, support
from tenants.access import may, rights_of
from tenants.models import AuditEntry, PlatformMembership, SupportVisit, Tenant, User
from tenants.roles import PERMISSIONS, Permission, Role


def at_acme(user: User) -> Client:
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(user, backend="tenants.signin.PlatformBackend")
    return client


@pytest.fixture
def visit(acme: Tenant, sam: User) -> SupportVisit:
    return support.begin(tenant=acme, user=sam, role=Role.VIEWER, reason="Ticket 7: a pull fails")


def test_without_a_visit_support_sees_nothing(acme: Tenant, sam: User) -> None:
    assert rights_of(sam, acme) == frozenset()
    assert at_acme(sam).get("/images/").status_code == 404


def test_a_visitor_sees_what_the_role_sees_in_that_tenant_alone(visit, acme, globex, sam) -> None:
    assert may(sam, acme, Permission.IMAGE_VIEW)
    assert not may(sam, acme, Permission.BUILD_START)
    assert not may(sam, globex, Permission.IMAGE_VIEW)
    assert at_acme(sam).get("/images/").status_code == 200


@pytest.mark.parametrize("role", [Role.ADMIN, Role.BUILDER, Role.VIEWER, Role.AUDITOR])
def test_no_visitor_may_do_what_would_outlast_the_visit(acme, sam, role: Role) -> None:
    support.begin(tenant=acme, user=sam, role=role, reason="Ticket 7")
    outlasts = {
        Permission.TOKEN_MANAGE_OWN,
        Permission.MEMBER_MANAGE,
        Permission.DIRECTORY_MANAGE,
        Permission.HOSTNAME_MANAGE,
        Permission.TRUST_MANAGE,
    }
    assert rights_of(sam, acme) == PERMISSIONS[role] - outlasts
    for page in ("tokens", "team", "directories", "hostnames", "policies"):
        assert at_acme(sam).get(f"/settings/{page}/").status_code == 404


def test_a_visit_ends_by_itself(visit, acme, sam) -> None:
    with time_machine.travel(timezone.now() + support.USUAL + timedelta(seconds=1)):
        assert not may(sam, acme, Permission.IMAGE_VIEW)


def test_a_new_visit_takes_the_place_of_the_one_before(visit, acme, sam) -> None:
    support.begin(tenant=acme, user=sam, role=Role.AUDITOR, reason="Ticket 7, the trail")
    assert [each.role for each in SupportVisit.objects.in_force()] == [Role.AUDITOR]


def test_who_leaves_the_platform_visits_nobody_any_more(visit, acme, sam) -> None:
    PlatformMembership.objects.filter(user=sam).delete()
    assert not may(sam, acme, Permission.IMAGE_VIEW)


def test_somebody_without_a_role_on_the_platform_gains_nothing_by_a_visit(acme, charlie) -> None:
    support.begin(tenant=acme, user=charlie, role=Role.ADMIN, reason="not how it works")
    assert rights_of(charlie, acme) == frozenset()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"role": "owner"}, "role"),
        ({"role": "king"}, "role"),
        ({"reason": "  "}, "reason"),
        ({"lasts": timedelta(hours=5)}, "minutes"),
        ({"lasts": timedelta()}, "minutes"),
    ],
)
def test_a_visit_that_may_not_be_is_refused_by_field(acme, sam, wrong, field: str) -> None:
    asked = {"role": Role.VIEWER, "reason": "Ticket 7"} | wrong
    with pytest.raises(ValidationError) as refused:
        support.begin(tenant=acme, user=sam, **asked)
    assert list(refused.value.message_dict) == [field]
    assert not SupportVisit.objects.exists()


def test_the_trail_of_the_tenant_names_the_visitor_and_that_it_was_support(visit, acme, sam, bob) -> None:
    audit.record(tenant=acme, actor=sam, verb="tag.moved", object="python:3")
    audit.record(tenant=acme, actor=bob, verb="tag.moved", object="python:3")
    told = AuditEntry.objects.filter(tenant=acme).order_by("sequence").values_list("actor", "verb")
    assert list(told)[-3:] == [
        ("sam@example.com (platform support)", "support.visit_began"),
        ("sam@example.com (platform support)", "tag.moved"),
        ("bob@example.com", "tag.moved"),
    ]


def test_the_tenant_sees_who_is_there_and_shows_them_out(visit, acme, alice, sam) -> None:
    page = at_acme(alice).get("/settings/team/").content.decode()
    assert "Ticket 7: a pull fails" in page
    at_acme(alice).post(f"/settings/support/{visit.pk}/end")
    assert not may(sam, acme, Permission.IMAGE_VIEW)
    assert AuditEntry.objects.filter(
        tenant=acme, verb="support.visit_ended", actor="alice@example.com"
    ).exists()


def test_the_visitor_is_told_so_on_each_page_and_leaves(visit, acme, sam) -> None:
    client = at_acme(sam)
    assert "The tenant sees this visit." in client.get("/images/").content.decode()
    client.post(f"/settings/support/{visit.pk}/end")
    assert client.get("/images/").status_code == 404


def test_a_builder_cannot_end_a_visit_and_a_stranger_learns_nothing_of_it(visit, bob, charlie) -> None:
    for user in (bob, charlie):
        assert at_acme(user).post(f"/settings/support/{visit.pk}/end").status_code == 404
    assert SupportVisit.objects.in_force().exists()


def test_a_visit_ends_once(visit, acme, alice) -> None:
    support.end(visit=visit, actor=alice)
    support.end(visit=visit, actor=alice)
    assert AuditEntry.objects.filter(verb="support.visit_ended").count() == 1
