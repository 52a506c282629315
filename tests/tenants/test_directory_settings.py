"""Changing a directory's settings: what is refused, kept and recorded."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.exceptions import ValidationError

from tenants import tokens
from tenants.directory import settings as directory_settings
from tenants.directory.admit import sign_in
from tenants.directory.errors import SignInRefused
from tenants.directory.slapd import Slapd
from tenants.directory.sync import sync
from tenants.directory.throwaway import certificates
from tenants.directory.tree import NoTree, read, with_keys
from tenants.models import AuditEntry, Directory, Tenant, User
from tenants.secrets import unseal
from tests.servers.silent import silent_server
from tests.servers.slapd import ADMIN_PASSWORD, directory_of

ROOT = Path(__file__).parents[2]
with TemporaryDirectory() as place:
    ANOTHER_AUTHORITY = certificates(Path(place)).authority.read_text()


def new(tenant: Tenant, **changes) -> Directory:
    values = {
        "tenant": tenant,
        "name": "crew",
        "uris": "ldap://ldap.example.com",
        "bind_dn": "cn=reader,dc=example,dc=com",
        "user_base": "dc=example,dc=com",
    }
    return Directory(**{**values, **changes})


def test_the_bind_password_is_sealed_and_in_no_audit_entry(acme: Tenant, alice: User):
    saved = directory_settings.save(directory=new(acme), actor=alice, secret="very secret")
    row = Directory.unscoped.get(pk=saved.pk)
    assert "very secret" not in row.bind_secret
    assert unseal(row.bind_secret) == "very secret"
    entry = AuditEntry.objects.get(verb="directory.added")
    assert entry.data["settings"]["bind_secret"] == "changed"
    assert row.bind_secret not in str(entry.data)


@pytest.mark.parametrize(
    "change",
    [
        {"uris": "ldap://elsewhere.example.com"},
        {"encryption": "none"},
        {"ca_certificates": ANOTHER_AUTHORITY},
        {"bind_dn": "cn=other,dc=example,dc=com"},
    ],
)
def test_a_kept_password_is_never_sent_to_another_server(acme: Tenant, alice: User, change: dict):
    saved = directory_settings.save(directory=new(acme), actor=alice, secret="very secret")
    for name, value in change.items():
        setattr(saved, name, value)
    with pytest.raises(ValidationError, match="Enter the password again"):
        directory_settings.save(directory=saved, actor=alice)
    assert directory_settings.save(directory=saved, actor=alice, secret="very secret")


def test_a_change_keeps_the_password_and_records_only_what_changed(acme: Tenant, alice: User):
    saved = directory_settings.save(directory=new(acme), actor=alice, secret="very secret")
    saved.default_role = "viewer"
    directory_settings.save(directory=saved, actor=alice)
    directory_settings.save(directory=saved, actor=alice)
    assert unseal(Directory.unscoped.get(pk=saved.pk).bind_secret) == "very secret"
    entry = AuditEntry.objects.get(verb="directory.changed")
    assert entry.data["settings"] == {"default_role": "viewer"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "crew"),
        ("bind_dn", "reader"),
        ("user_base", "example.com"),
        ("group_base", "("),
        ("login_attribute", "uid)(uid=*"),
        ("login_attribute", "uid\n"),
        ("user_filter", "objectClass=person"),
        ("user_filter", "(uid=a)(uid=b)"),
        ("user_filter", "(uid=a"),
        ("group_filter", "cn=a)"),
        ("uris", "http://ldap.example.com"),
        ("uris", "ldaps://ldap.example.com"),
        ("ca_certificates", "not PEM"),
        ("group_roles", {"staff": "emperor"}),
        ("group_roles", ["staff"]),
        ("default_role", "emperor"),
        ("timeout_seconds", 0),
        ("timeout_seconds", 31),
        ("encryption", "rot13"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_field(acme: Tenant, alice: User, field: str, value):
    directory_settings.save(directory=new(acme), actor=alice, secret="x")
    with pytest.raises(ValidationError) as refusal:
        directory_settings.save(
            directory=new(acme, **{"name": "second", field: value}), actor=alice, secret="x"
        )
    where = "__all__" if value == "crew" else field  # a taken name concerns two fields
    assert where in refusal.value.message_dict
    assert Directory.unscoped.count() == 1


def test_two_tenants_may_call_their_directory_alike(acme: Tenant, globex: Tenant, alice: User):
    for tenant in (acme, globex):
        directory_settings.save(directory=new(tenant), actor=alice, secret="x")
    assert Directory.unscoped.filter(name="crew").count() == 2


def test_removing_a_directory_ends_everyone_it_admitted(acme: Tenant, alice: User, slapd: Slapd):
    crew = directory_of(acme, slapd)
    fry = sign_in(directory=crew, login="fry", password="fry")
    _, secret = tokens.issue(user=fry, tenant=acme, name="ci", actions=["pull"])
    directory_settings.remove(directory=crew, actor=alice)
    assert tokens.authenticate(secret) is None
    assert not User.objects.filter(pk=fry.pk).exists()
    assert AuditEntry.objects.get(verb="directory.removed").data == {"people": 1}


def test_without_the_required_group_nobody_gets_in(acme: Tenant, slapd: Slapd):
    crew = directory_of(acme, slapd, required_group="admin_staff", default_role="viewer")
    assert sign_in(directory=crew, login="hermes", password="hermes")
    with pytest.raises(SignInRefused) as refusal:
        sign_in(directory=crew, login="fry", password="fry")
    assert refusal.value.code == "no_role"


def test_groups_outside_the_group_filter_do_not_count(acme: Tenant, slapd: Slapd):
    crew = directory_of(acme, slapd, group_filter="(cn=admin_*)")
    assert sign_in(directory=crew, login="hermes", password="hermes")
    with pytest.raises(SignInRefused):
        sign_in(directory=crew, login="fry", password="fry")


def test_one_level_looks_only_directly_below_the_base(acme: Tenant, slapd: Slapd):
    crew = directory_of(acme, slapd, user_base="dc=planetexpress,dc=com", user_scope="onelevel")
    with pytest.raises(SignInRefused) as refusal:
        sign_in(directory=crew, login="fry", password="fry")
    assert refusal.value.code == "no_such_person"
    crew.user_scope = "subtree"
    assert sign_in(directory=crew, login="fry", password="fry")


def test_a_sync_leaves_what_came_of_it(acme: Tenant, slapd: Slapd):
    crew = directory_of(acme, slapd)
    sign_in(directory=crew, login="fry", password="fry")
    sync(directory=crew)
    crew.refresh_from_db()
    assert (crew.sync_kept, crew.sync_withdrawn, crew.sync_trouble) == (1, 0, "")
    with silent_server() as port:
        crew.uris, crew.timeout_seconds = f"ldap://127.0.0.1:{port}", 1
        sync(directory=crew)
    crew.refresh_from_db()
    assert crew.synced_at is not None
    assert "TLS" in crew.sync_trouble
    assert unseal(crew.bind_secret) == ADMIN_PASSWORD


def test_our_own_tree_is_read_with_its_base_and_people():
    tree = read(ROOT / "deploy/directory")
    assert tree.base == "dc=assay,dc=example"
    assert tree.logins == ("ada", "ben", "chen", "dora")


def test_the_same_tree_has_the_same_keys_each_time(tmp_path: Path):
    tree = read(ROOT / "deploy/directory")
    first, second = (with_keys(tree, tmp_path / name).path.read_text() for name in ("a.ldif", "b.ldif"))
    assert first == second
    assert len(set(re.findall(r"entryUUID: (\S+)", first))) == first.count("dn: ") == 11
    assert read(tmp_path / "a.ldif").logins == tree.logins


@pytest.mark.parametrize("text", ["", "this is no tree\n", None])
def test_a_file_that_is_no_tree_is_refused(tmp_path: Path, text: str | None):
    if text is not None:
        (tmp_path / "x.ldif").write_text(text)
    with pytest.raises(NoTree):
        read(tmp_path)
