"""Directory sign-in against a real slapd, and the traps of it. Reaching one: `test_directory_connection`."""

from __future__ import annotations

import ldap
import pytest
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.test import RequestFactory

from tenants import tokens
from tenants.directory.admit import sign_in
from tenants.directory.check import STEPS, check
from tenants.directory.connection import bind_as_service, opened
from tenants.directory.errors import SignInRefused
from tenants.directory.lookup import find_by_key, find_person, groups_of
from tenants.directory.slapd import Slapd
from tenants.directory.sync import sync
from tenants.ldap import DirectoryBackend
from tenants.models import Directory, Membership, Tenant, User
from tenants.secrets import seal
from tenants.signin import PlatformBackend
from tests.people import PASSWORD
from tests.servers.silent import silent_server
from tests.servers.slapd import BASE, PEOPLE, as_root, directory_of

FRY = f"cn=Philip J. Fry,{PEOPLE}"


def test_a_person_of_the_directory_signs_in_with_the_role_of_a_group(crew: Directory):
    user = sign_in(directory=crew, login="fry", password="fry")
    membership = Membership.objects.get(user=user)
    assert (user.name, user.email, user.directory_login) == ("Fry", "fry@planetexpress.com", "fry")
    assert (membership.role, membership.directory, membership.tenant) == ("builder", crew, crew.tenant)
    assert not user.has_usable_password()


def test_a_rule_may_name_its_group_by_dn_in_any_spelling(crew: Directory):
    user = sign_in(directory=crew, login="hermes", password="hermes")
    assert Membership.objects.get(user=user).role == "admin"


def test_the_strongest_role_wins(crew: Directory):
    crew.group_roles = {"ship_crew": "viewer", f"cn=ship_crew,{PEOPLE}": "admin"}
    user = sign_in(directory=crew, login="fry", password="fry")
    assert Membership.objects.get(user=user).role == "admin"


def test_a_person_without_a_group_gets_the_default_role_or_stays_out(crew: Directory):
    with pytest.raises(SignInRefused) as refusal:
        sign_in(directory=crew, login="amy", password="amy")
    assert refusal.value.code == "no_role"
    assert not User.objects.exists()
    crew.default_role = "viewer"
    assert Membership.objects.get(user=sign_in(directory=crew, login="amy", password="amy")).role == "viewer"


def test_the_same_name_in_two_tenants_is_two_people(crew: Directory, globex: Tenant, slapd: Slapd):
    other = directory_of(globex, slapd)
    first, second = (sign_in(directory=each, login="fry", password="fry") for each in (crew, other))
    assert first.pk != second.pk
    assert first.login == f"{crew.pk}:{second.login.partition(':')[2]}"
    assert not Membership.objects.filter(user=first, tenant=globex).exists()


def test_a_person_is_known_by_entry_uuid_so_a_renamed_login_is_the_same_person(crew: Directory, slapd: Slapd):
    before = sign_in(directory=crew, login="fry", password="fry")
    with as_root(slapd) as server:
        server.modify_s(FRY, [(ldap.MOD_REPLACE, "uid", b"philip")])
        try:
            after = sign_in(directory=crew, login="philip", password="fry")
        finally:
            server.modify_s(FRY, [(ldap.MOD_REPLACE, "uid", b"fry")])
    assert after.pk == before.pk
    assert after.directory_login == "philip"


def test_a_directory_person_never_takes_a_platform_account_with_the_same_address(crew: Directory):
    platform = User.objects.create_user("fry@planetexpress.com", PASSWORD)
    user = sign_in(directory=crew, login="fry", password="fry")
    assert user.pk != platform.pk
    assert not Membership.objects.filter(user=platform).exists()


def test_each_backend_returns_only_its_own_people(crew: Directory, alice: User):
    fry = sign_in(directory=crew, login="fry", password="fry")
    assert DirectoryBackend().get_user(fry.pk) == fry
    assert DirectoryBackend().get_user(alice.pk) is None
    assert PlatformBackend().get_user(fry.pk) is None
    Directory.unscoped.filter(pk=crew.pk).update(is_active=False)
    assert DirectoryBackend().get_user(fry.pk) is None


@pytest.mark.parametrize("password", ["", "wrong", "fry\x00", "*"])
def test_a_wrong_or_empty_password_is_refused(crew: Directory, password: str):
    with pytest.raises(SignInRefused) as refusal:
        sign_in(directory=crew, login="fry", password=password)
    assert refusal.value.code in {"wrong_password", "empty_password"}


def test_an_empty_password_never_reaches_the_server(crew: Directory):
    with silent_server() as port:
        crew.uris = f"ldap://127.0.0.1:{port}"
        with pytest.raises(SignInRefused, match="password"):
            sign_in(directory=crew, login="fry", password="")


@pytest.mark.parametrize(
    "login", ["*", "f*", "fry)(uid=*", "fry)(|(uid=*", "\\2a", "fry\x00", "(", "é" * 300]
)
def test_a_login_is_a_value_and_never_a_filter(crew: Directory, login: str):
    with pytest.raises(SignInRefused) as refusal:
        sign_in(directory=crew, login=login, password="fry")
    assert refusal.value.code == "no_such_person"


def test_a_name_full_of_special_characters_finds_its_own_groups_only(crew: Directory, slapd: Slapd):
    name = "Zapp (25*) Brannigan\\, Jr."
    dn = f"cn={ldap.dn.escape_dn_chars(name)},{PEOPLE}"
    entry = {
        "objectClass": [b"inetOrgPerson"],
        "cn": [name.encode()],
        "sn": [b"Brannigan"],
        "uid": [b"zapp(*)"],
        "userPassword": [b"kif"],
    }
    group = f"cn=nimbus,{PEOPLE}"
    with as_root(slapd) as server:
        server.add_s(dn, list(entry.items()))
        server.add_s(group, [("objectClass", [b"groupOfNames"]), ("member", [dn.encode()])])
        try:
            with opened(crew) as connection:
                bind_as_service(connection, crew)
                person = find_person(connection, crew, "zapp(*)")
                assert [each.name for each in groups_of(connection, crew, person)] == ["nimbus"]
        finally:
            server.delete_s(group)
            server.delete_s(dn)


def test_posix_groups_count_by_member_and_by_primary_group(crew: Directory, slapd: Slapd):
    base = f"ou=posix,{BASE}"
    with as_root(slapd) as server:
        server.add_s(base, [("objectClass", [b"organizationalUnit"])])
        for name, gid, members in (("pilots", b"500", [b"leela"]), ("staff", b"600", [b"amy"])):
            entry = [("objectClass", [b"posixGroup"]), ("gidNumber", [gid]), ("memberUid", members)]
            server.add_s(f"cn={name},{base}", entry)
        try:
            crew.group_type, crew.group_base = "posixGroup", base
            crew.group_roles = {"pilots": "builder"}
            user = sign_in(directory=crew, login="leela", password="leela")
            assert Membership.objects.get(user=user).role == "builder"
            with pytest.raises(SignInRefused):
                sign_in(directory=crew, login="amy", password="amy")
        finally:
            for name in ("cn=pilots,", "cn=staff,", ""):
                server.delete_s(name + base)


def test_more_groups_than_a_page_are_all_read(crew: Directory, slapd: Slapd, monkeypatch):
    monkeypatch.setattr("tenants.directory.lookup._PAGE", 1)
    names = [f"cn=page{number},{PEOPLE}" for number in range(3)]
    with as_root(slapd) as server, opened(crew) as connection:
        for name in names:
            server.add_s(name, [("objectClass", [b"groupOfNames"]), ("member", [FRY.encode()])])
        try:
            bind_as_service(connection, crew)
            found = groups_of(connection, crew, find_person(connection, crew, "fry"))
        finally:
            for name in names:
                server.delete_s(name)
    assert {each.name for each in found} == {"page0", "page1", "page2", "ship_crew"}


def test_whoever_left_the_directory_loses_role_tokens_and_session(crew: Directory, slapd: Slapd):
    user = sign_in(directory=crew, login="bender", password="bender")
    stays = sign_in(directory=crew, login="fry", password="fry")
    _, secret = tokens.issue(user=user, tenant=crew.tenant, name="ci", actions=["pull"])
    dn, group = f"cn=Bender Bending Rodriguez,{PEOPLE}", f"cn=ship_crew,{PEOPLE}"
    with as_root(slapd) as server:
        server.modify_s(group, [(ldap.MOD_DELETE, "member", dn.encode())])
        try:
            done = sync(directory=crew)
        finally:
            server.modify_s(group, [(ldap.MOD_ADD, "member", dn.encode())])
    assert (done.kept, done.withdrawn, done.trouble) == (1, 1, "")
    assert tokens.authenticate(secret) is None
    assert DirectoryBackend().get_user(user.pk) is None
    assert DirectoryBackend().get_user(stays.pk) == stays
    again = sign_in(directory=crew, login="bender", password="bender")
    assert again.pk == user.pk
    assert tokens.authenticate(secret) is None


def test_a_directory_that_does_not_answer_withdraws_nobody(crew: Directory):
    user = sign_in(directory=crew, login="fry", password="fry")
    with silent_server() as port:
        crew.uris = f"ldap://127.0.0.1:{port}"
        crew.timeout_seconds = 1
        done = sync(directory=crew)
    assert done.withdrawn == 0
    assert done.trouble
    assert DirectoryBackend().get_user(user.pk) == user


def test_the_key_is_found_again_by_its_own_search(crew: Directory):
    with opened(crew) as connection:
        bind_as_service(connection, crew)
        fry = find_person(connection, crew, "fry")
        assert find_by_key(connection, crew, fry.key) == fry


def asked(tenant: Tenant | None):
    request = RequestFactory().post("/accounts/login/")
    request.tenant = tenant
    cache.clear()
    return request


def test_a_directory_answers_for_its_tenant_alone(crew: Directory, globex: Tenant):
    assert authenticate(asked(crew.tenant), username="fry", password="fry") is not None
    assert authenticate(asked(globex), username="fry", password="fry") is None
    assert authenticate(asked(None), username="fry", password="fry") is None


def test_a_mistyped_platform_password_is_not_shown_to_the_directory(crew: Directory, alice: User):
    with silent_server() as port:
        Directory.unscoped.filter(pk=crew.pk).update(uris=f"ldap://127.0.0.1:{port}", timeout_seconds=1)
        request = asked(crew.tenant)
        assert authenticate(request, username="alice@example.com", password="mistyped") is None
        assert not hasattr(request, "directory_trouble")
        assert authenticate(request, username="fry", password="fry") is None
        assert request.directory_trouble.code == "directory_tls"


def test_the_step_by_step_check_passes_every_step(crew: Directory):
    steps = check(crew, login="fry", password="fry")
    assert [each.name for each in steps] == list(STEPS)
    assert {each.state for each in steps} == {"passed"}
    assert steps[-1].said == "builder, because of ship_crew"
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("change", "login", "failing"),
    [
        ({"uris": "ldap://169.254.169.254"}, "fry", "address"),
        ({"ca_certificates": ""}, "fry", "connect"),
        ({"bind_secret": seal("wrong")}, "fry", "bind"),
        ({}, "nobody", "find"),
        ({}, "hubert", "find"),
        ({}, "zoidberg", "password"),
        ({"group_base": f"ou=nowhere,{BASE}"}, "fry", "groups"),
        ({"group_roles": {}}, "fry", "role"),
    ],
)
def test_the_check_names_the_step_that_fails(crew: Directory, change: dict, login: str, failing: str):
    for name, value in change.items():
        setattr(crew, name, value)
    steps = check(crew, login=login, password="fry")
    states = {each.name: each.state for each in steps}
    assert [name for name, state in states.items() if state == "failed"] == [failing]
    after = list(STEPS)[list(STEPS).index(failing) + 1 :]
    assert all(states[name] == "skipped" for name in after)
    assert next(each for each in steps if each.name == failing).said
