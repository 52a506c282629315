"""The directory pages of a tenant's owner."""

from __future__ import annotations

import re

import pytest

from tenants.directory.admit import sign_in
from tenants.directory.slapd import Slapd
from tenants.models import AuditEntry, Directory, Membership, User
from tenants.roles import Role
from tenants.secrets import unseal
from tests.servers.slapd import ADMIN, ADMIN_PASSWORD, PEOPLE

LIST = "/settings/directories/"
SUBJECTS = ("", "edit/", "test/", "remove/")


def typed(slapd: Slapd, **changes: str) -> dict[str, str]:
    values = {
        "name": "crew",
        "uris": slapd.uri,
        "encryption": "starttls",
        "ca_certificates": slapd.tls.authority.read_text(),
        "bind_dn": ADMIN,
        "secret": ADMIN_PASSWORD,
        "user_base": PEOPLE,
        "user_scope": "subtree",
        "user_filter": "(objectClass=inetOrgPerson)",
        "login_attribute": "uid",
        "group_base": PEOPLE,
        "group_type": "groupOfNames",
        "rules": f"builder: ship_crew\r\n\r\nadmin: cn=admin_staff,{PEOPLE}",
        "timeout_seconds": "2",
        "is_active": "on",
    }
    return {**values, **changes}


def without_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)


def test_an_owner_adds_a_directory_tests_it_and_its_people_get_in(signed_in, alice: User, slapd: Slapd):
    browser = signed_in(alice)
    answer = browser.post(f"{LIST}new/", typed(slapd), follow=True)
    crew = Directory.unscoped.get()
    assert answer.redirect_chain == [(f"{LIST}{crew.pk}/test/", 302)]
    assert crew.group_roles == {"ship_crew": "builder", f"cn=admin_staff,{PEOPLE}": "admin"}
    page = browser.post(f"{LIST}{crew.pk}/test/", {"login": "fry", "password": "fry"}).content.decode()
    assert "Every step passed" in page
    assert "builder, because of ship_crew" in page
    visitor = signed_in(None)
    visitor.post("/accounts/login/", {"login": "fry", "password": "fry"})
    assert visitor.get("/images/").status_code == 200


def test_the_test_page_names_the_step_that_fails_and_keeps_the_password_to_itself(
    signed_in, alice: User, crew: Directory
):
    answer = signed_in(alice).post(f"{LIST}{crew.pk}/test/", {"login": "fry", "password": "not-the-one"})
    page = answer.content.decode()
    assert "The directory refused this password." in page
    assert "wrong_password" in page
    assert "not-the-one" not in page
    assert "not-the-one" not in str(list(AuditEntry.objects.values()))


def test_a_test_without_a_password_tries_the_rest(signed_in, alice: User, crew: Directory):
    page = signed_in(alice).post(f"{LIST}{crew.pk}/test/", {"login": "hermes"}).content.decode()
    assert "none given" in page
    assert "admin, because of admin_staff" in page


def test_the_test_page_is_no_way_to_guess_passwords(signed_in, alice: User, crew: Directory):
    browser = signed_in(alice)
    answers = [
        browser.post(f"{LIST}{crew.pk}/test/", {"login": "fry", "password": str(number)}).status_code
        for number in range(11)
    ]
    assert answers == [200] * 10 + [429]
    assert (
        "fry" not in browser.post(f"{LIST}{crew.pk}/test/", {"login": "", "password": "fry"}).content.decode()
    )


def test_a_change_without_the_password_keeps_it(signed_in, alice: User, crew: Directory, slapd: Slapd):
    authority = slapd.tls.authority.read_text().replace("\n", "\r\n")  # as browsers send it
    values = typed(slapd, secret="", default_role="viewer", ca_certificates=authority)
    assert signed_in(alice).post(f"{LIST}{crew.pk}/edit/", values).status_code == 302
    crew.refresh_from_db()
    assert crew.default_role == "viewer"
    assert unseal(crew.bind_secret) == ADMIN_PASSWORD


def test_the_password_is_asked_for_again_when_the_server_changes(
    signed_in, alice: User, crew: Directory, slapd: Slapd
):
    values = typed(slapd, secret="", uris="ldap://elsewhere.example.com")
    answer = signed_in(alice).post(f"{LIST}{crew.pk}/edit/", values)
    assert answer.status_code == 422
    assert "Enter the password again" in answer.content.decode()
    assert Directory.unscoped.get().uris == slapd.uri


def test_the_kept_password_is_on_no_page(signed_in, alice: User, crew: Directory):
    for path in SUBJECTS:
        page = signed_in(alice).get(f"{LIST}{crew.pk}/{path}").content.decode()
        assert ADMIN_PASSWORD not in page
        assert crew.bind_secret not in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rules": "builder ship_crew"}, "Line 1: give a role and a group"),
        ({"rules": "builder: a\nadmin: a"}, "Line 2: this group has a role already"),
        ({"rules": "emperor: a"}, "Line 1"),
        ({"user_filter": "(uid=a)(uid=b)"}, "Give a filter in parentheses"),
        ({"uris": "http://example.com"}, "is not an address such as"),
        ({"uris": "ldaps://example.com"}, "does not go with this encryption"),
        ({"ca_certificates": "-----BEGIN"}, "Give certificates in PEM"),
        ({"name": ""}, "This field is required"),
        ({"timeout_seconds": "99"}, "less than or equal to 30"),
    ],
)
def test_a_bad_setting_is_said_beside_its_field_and_nothing_is_saved(
    signed_in, alice: User, slapd: Slapd, change: dict[str, str], sentence: str
):
    answer = signed_in(alice).post(f"{LIST}new/", typed(slapd, **change))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Nothing was saved." in page
    assert sentence in page
    assert not Directory.unscoped.exists()


def test_a_taken_name_is_refused(signed_in, alice: User, crew: Directory, slapd: Slapd):
    answer = signed_in(alice).post(f"{LIST}new/", typed(slapd))
    assert answer.status_code == 422
    assert Directory.unscoped.count() == 1


def test_the_page_says_who_has_access_and_why(signed_in, alice: User, crew: Directory):
    crew.default_role = "viewer"
    crew.save()
    for login in ("fry", "amy"):
        sign_in(directory=crew, login=login, password=login)
    page = signed_in(alice).get(f"{LIST}{crew.pk}/").content.decode()
    assert "ship_crew" in page
    assert "none: the role for everyone" in page


def test_a_sync_by_hand_is_told_and_kept(signed_in, alice: User, crew: Directory):
    sign_in(directory=crew, login="fry", password="fry")
    page = signed_in(alice).post(f"{LIST}{crew.pk}/sync", follow=True).content.decode()
    assert "1 person kept, 0 withdrawn." in page
    assert "1 kept, 0 withdrawn" in page


def test_a_directory_is_removed_only_after_the_question(signed_in, alice: User, crew: Directory):
    browser = signed_in(alice)
    assert "Remove crew?" in browser.get(f"{LIST}{crew.pk}/remove/").content.decode()
    assert Directory.unscoped.exists()
    browser.post(f"{LIST}{crew.pk}/remove/")
    assert not Directory.unscoped.exists()


@pytest.mark.parametrize("role", [Role.BUILDER, Role.VIEWER, Role.AUDITOR])
@pytest.mark.parametrize("method", ["get", "post"])
def test_other_roles_are_told_there_is_no_such_page(signed_in, bob: User, crew: Directory, role, method):
    Membership.objects.filter(user=bob).update(role=role)
    browser = signed_in(bob)
    paths = [LIST, f"{LIST}new/", *(f"{LIST}{crew.pk}/{each}" for each in (*SUBJECTS, "sync"))]
    answers = {path: getattr(browser, method)(path).status_code for path in paths}
    if method == "get":
        assert answers.pop(f"{LIST}{crew.pk}/sync") == 405
    assert set(answers.values()) == {404}


def test_another_tenants_directory_is_not_there(signed_in, charlie: User, crew: Directory):
    browser = signed_in(charlie, "globex.localhost")
    for path in SUBJECTS:
        assert browser.get(f"{LIST}{crew.pk}/{path}").status_code == 404
        assert browser.post(f"{LIST}{crew.pk}/{path}").status_code == 404
    theirs, nothing = (browser.get(f"{LIST}{pk}/").content.decode() for pk in (crew.pk, 999))
    assert without_tokens(theirs).replace(f"/{crew.pk}/", "/999/") == without_tokens(nothing)
    assert browser.post(f"{LIST}{crew.pk}/sync").status_code == 404


def test_what_a_directory_says_is_escaped(signed_in, alice: User, crew: Directory):
    fry = sign_in(directory=crew, login="fry", password="fry")
    User.objects.filter(pk=fry.pk).update(name="<script>alert(1)</script>")
    Membership.objects.filter(user=fry).update(because="<b>crew</b>")
    page = signed_in(alice).get(f"{LIST}{crew.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "<b>crew" not in page


def test_more_people_cost_no_more_queries(
    signed_in, alice: User, crew: Directory, django_assert_max_num_queries
):
    crew.default_role = "viewer"
    crew.save()
    for login in ("fry", "amy", "leela", "bender"):
        sign_in(directory=crew, login=login, password=login)
    browser = signed_in(alice)
    with django_assert_max_num_queries(9):
        browser.get(f"{LIST}{crew.pk}/")
