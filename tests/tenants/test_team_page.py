"""The people of a tenant on their page."""

from __future__ import annotations

import pytest
from django.test import Client

from tenants.models import Membership, User
from tenants.roles import Role
from tests.people import person

PATH = "/settings/team/"


def at_acme(user) -> Client:
    client = Client(headers={"host": "acme.localhost"})
    client.force_login(user, backend="tenants.signin.PlatformBackend")
    return client


def of(user: User) -> Membership:
    return Membership.objects.get(user=user)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"email": "dora", "role": "viewer"}, "valid email"),
        ({"email": "alice@example.com", "role": "viewer"}, "is a member already"),
        ({"email": "dora@example.com", "role": "king"}, "Choose one of the roles"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_kept(alice, asked, said: str) -> None:
    answer = at_acme(alice).post(PATH, asked)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert f'value="{asked["email"]}"' in page
    assert Membership.objects.count() == 1


def test_an_owner_changes_a_role(alice, bob) -> None:
    at_acme(alice).post(f"{PATH}{of(bob).pk}/role", {"role": "auditor"})
    assert of(bob).role == Role.AUDITOR


def test_the_last_owner_stays_one(alice, bob) -> None:
    client = at_acme(alice)
    answer = client.post(f"{PATH}{of(alice).pk}/role", {"role": "viewer"}, follow=True)
    assert "keeps at least one owner" in answer.content.decode()
    answer = client.post(f"{PATH}{of(alice).pk}/remove", follow=True)
    assert "keeps at least one owner" in answer.content.decode()
    assert of(alice).role == Role.OWNER


def test_removing_asks_first(alice, bob) -> None:
    client = at_acme(alice)
    page = client.get(f"{PATH}{of(bob).pk}/remove").content.decode()
    assert "Take Bob out of Acme?" in page
    assert Membership.objects.filter(user=bob).exists()
    client.post(f"{PATH}{of(bob).pk}/remove")
    assert not Membership.objects.filter(user=bob).exists()


def test_a_member_of_another_tenant_is_not_there(alice, charlie) -> None:
    client = at_acme(alice)
    for what in ("role", "remove"):
        assert client.post(f"{PATH}{of(charlie).pk}/{what}", {"role": "viewer"}).status_code == 404
    assert of(charlie).role == Role.OWNER


def test_who_manages_nobody_has_no_such_page(alice, bob, charlie) -> None:
    for user in (bob, charlie):
        client = at_acme(user)
        assert client.get(PATH).status_code == 404
        assert client.post(PATH, {"email": "x@example.com", "role": "owner"}).status_code == 404
        assert client.get(f"{PATH}{of(alice).pk}/remove").status_code == 404


def test_a_name_is_text_wherever_it_is_shown(acme, alice) -> None:
    mallory = person("mallory", acme)
    User.objects.filter(pk=mallory.pk).update(name="<script>alert(1)</script>")
    page = at_acme(alice).get(PATH).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
