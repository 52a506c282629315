"""Groups in groups of a real directory give roles, however deep, and rings of groups end."""

from __future__ import annotations

import pytest

from tenants.directory.admit import sign_in
from tenants.directory.errors import DirectoryTrouble
from tenants.directory.slapd import Slapd
from tenants.models import Directory, Membership, Tenant
from tests.servers.slapd import PEOPLE, directory_of, groups

AMY = f"cn=Amy Wong+sn=Kroker,{PEOPLE}"


def dn(name: str) -> str:
    return f"cn={name},{PEOPLE}"


@pytest.fixture
def crew(acme: Tenant, slapd: Slapd) -> Directory:
    return directory_of(acme, slapd, group_roles={"everyone": "builder"})


def role_of(crew: Directory) -> str:
    return Membership.objects.get(user=sign_in(directory=crew, login="amy", password="amy")).role


def test_a_group_in_a_group_in_a_group_gives_its_role(crew: Directory, slapd: Slapd):
    nested = {"interns": [AMY], "staff": [dn("interns")], "everyone": [dn("staff")]}
    with groups(slapd, nested):
        assert role_of(crew) == "builder"


def test_groups_that_hold_each_other_end_where_they_began(crew: Directory, slapd: Slapd):
    ring = {"interns": [AMY, dn("everyone")], "everyone": [dn("interns")]}
    with groups(slapd, ring):
        assert role_of(crew) == "builder"


def test_five_hundred_groups_are_followed(crew: Directory, slapd: Slapd):
    many = {f"team{number}": [AMY] for number in range(500)}
    with groups(slapd, {**many, "everyone": [dn("team499")]}):
        assert role_of(crew) == "builder"


def test_far_too_many_groups_are_refused(crew: Directory, slapd: Slapd, monkeypatch):
    monkeypatch.setattr("tenants.directory.lookup._MOST_GROUPS", 2)
    chain = {"one": [AMY], "two": [dn("one")], "everyone": [dn("two")]}
    with groups(slapd, chain), pytest.raises(DirectoryTrouble) as trouble:
        role_of(crew)
    assert trouble.value.code == "directory_too_many_groups"
