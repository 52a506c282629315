"""Signing in at the page itself, as people of a real directory."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from tenants.directory.slapd import Slapd
from tenants.models import AuditEntry, Directory, Membership, Tenant, User
from tests.people import PASSWORD
from tests.servers.silent import silent_server
from tests.servers.slapd import directory_of

LOGIN = "/accounts/login/"


@pytest.fixture
def crew(acme: Tenant, slapd: Slapd) -> Directory:
    cache.clear()  # allauth counts failed sign-ins there
    return directory_of(acme, slapd)


def sign_in(client: Client, login: str, password: str, host: str = "acme.localhost") -> HttpResponse:
    return client.post(LOGIN, {"login": login, "password": password}, headers={"host": host}, follow=True)


def test_a_person_of_the_directory_gets_in_and_is_greeted_by_name(client: Client, crew: Directory):
    answer = sign_in(client, "fry", "fry")
    assert answer.redirect_chain[-1][0] == "/images/"
    page = answer.content.decode()
    assert "Fry" in page
    assert f"{crew.pk}:" not in page
    entry = AuditEntry.objects.get(verb="person.signed_in")
    assert (entry.tenant, entry.actor) == (crew.tenant, "fry@planetexpress.com")


def test_the_same_person_is_refused_by_another_tenant(client: Client, crew: Directory, globex: Tenant):
    assert "not correct" in sign_in(client, "fry", "fry", host="globex.localhost").content.decode()
    assert not User.objects.filter(directory=crew).exists()


def test_by_path_the_tenant_of_the_path_decides(client: Client, crew: Directory, globex: Tenant):
    for slug, lands in (("globex", "/globex/accounts/login/"), ("acme", "/acme/images/")):
        answer = client.post(
            f"/{slug}{LOGIN}", {"login": "fry", "password": "fry"}, headers={"host": "localhost"}, follow=True
        )
        assert answer.request["PATH_INFO"] == lands


def test_a_session_by_path_reaches_no_other_tenant(client: Client, crew: Directory, globex: Tenant):
    client.post(f"/acme{LOGIN}", {"login": "fry", "password": "fry"}, headers={"host": "localhost"})
    assert client.get("/acme/images/", headers={"host": "localhost"}).status_code == 200
    assert client.get("/globex/images/", headers={"host": "localhost"}).status_code == 404


@pytest.mark.parametrize(("login", "password"), [("fry", "leela"), ("nobody", "nobody"), ("*", "fry")])
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(
    client: Client, crew: Directory, login: str, password: str
):
    page = sign_in(client, login, password).content.decode()
    assert "The username and/or password you specified are not correct." in page


def test_someone_without_a_group_is_told_so_only_after_the_right_password(client: Client, crew: Directory):
    assert "none of your groups gives access" in sign_in(client, "amy", "amy").content.decode()
    assert "not correct" in sign_in(client, "amy", "wrong").content.decode()


def test_a_directory_that_never_answers_is_not_called_a_wrong_password(client: Client, crew: Directory):
    with silent_server() as port:
        Directory.unscoped.filter(pk=crew.pk).update(uris=f"ldap://127.0.0.1:{port}", timeout_seconds=1)
        page = sign_in(client, "fry", "fry").content.decode()
    assert "directory cannot be asked right now" in page
    assert "not correct" not in page


def test_platform_people_get_in_while_the_directory_is_silent(client: Client, crew: Directory, alice: User):
    with silent_server() as port:
        Directory.unscoped.filter(pk=crew.pk).update(uris=f"ldap://127.0.0.1:{port}", timeout_seconds=1)
        answer = sign_in(client, "alice@example.com", PASSWORD)
    assert answer.redirect_chain[-1][0] == "/images/"


def test_switching_the_directory_off_ends_its_sessions(client: Client, crew: Directory):
    sign_in(client, "fry", "fry")
    Directory.unscoped.filter(pk=crew.pk).update(is_active=False)
    assert client.get("/images/", headers={"host": "acme.localhost"}).status_code == 302


def test_a_group_that_was_left_changes_the_role_at_the_next_sign_in(client: Client, crew: Directory):
    sign_in(client, "fry", "fry")
    Directory.unscoped.filter(pk=crew.pk).update(group_roles={"ship_crew": "viewer"})
    sign_in(Client(), "fry", "fry")
    assert Membership.objects.get(user__directory=crew).role == "viewer"
