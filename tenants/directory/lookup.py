"""Finding a person and their groups in a directory, and trying their password. Changes nothing anywhere."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import ldap
import ldap.filter
from ldap.controls import SimplePagedResultsControl

from tenants.directory.connection import bind_as_service
from tenants.directory.errors import DirectoryTrouble, SignInRefused
from tenants.models import Directory

_IN_CHAIN = "1.2.840.113556.1.4.1941"
_BIT_AND = "1.2.840.113556.1.4.803"
_PAGE = 500
#: A person in more groups than this is a sign of a wrong filter.
_MOST_GROUPS = 5000
_SCOPES = {
    Directory.Scope.SUBTREE.value: ldap.SCOPE_SUBTREE,
    Directory.Scope.ONE_LEVEL.value: ldap.SCOPE_ONELEVEL,
}
#: How many groups one search for their parents names, so that the filter stays short.
_NAMES_A_SEARCH = 50
_NAMED_GROUPS = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))"
#: Operational attributes come only when they are asked for by name.
_PERSON_ATTRIBUTES = ["entryUUID", "objectGUID", "cn", "displayName", "mail", "uid", "gidNumber"]


@dataclass(frozen=True, slots=True)
class Person:
    """An entry of a directory. `key` is its entryUUID or objectGUID, which survives renaming."""

    key: str
    dn: str
    login: str
    name: str
    email: str
    uid: str
    primary_gid: str


@dataclass(frozen=True, slots=True)
class Group:
    dn: str
    name: str


def check_password(server: Any, directory: Directory, person: Person, password: str) -> None:
    """Bind as the person, then as the service again. Raises SignInRefused."""
    if not password:
        # An empty password would be an "unauthenticated bind", which servers answer with success.
        raise SignInRefused("empty_password", "A password is needed.")
    try:
        server.simple_bind_s(person.dn, password)
    except (ldap.INVALID_CREDENTIALS, ldap.UNWILLING_TO_PERFORM, ldap.INSUFFICIENT_ACCESS):
        raise SignInRefused("wrong_password", "The directory refused this password.") from None
    bind_as_service(server, directory)


def find_person(server: Any, directory: Directory, login: str) -> Person:
    """The one entry whose login attribute is `login`. Raises SignInRefused, DirectoryTrouble."""
    return _one_person(server, directory, _login_filter(directory, login), login)


def find_by_key(server: Any, directory: Directory, key: str) -> Person:
    """The entry with this entryUUID or objectGUID, if it still matches the user filter."""
    if directory.group_type == Directory.GroupType.ACTIVE_DIRECTORY:
        octets = "".join(f"\\{octet:02x}" for octet in uuid.UUID(key).bytes_le)
        return _one_person(server, directory, f"(objectGUID={octets})", key)
    return _one_person(server, directory, ldap.filter.filter_format("(entryUUID=%s)", [key]), key)


def groups_of(server: Any, directory: Directory, person: Person) -> list[Group]:
    """The groups below the group base that have this person, directly or through other groups.

    posixGroup has no groups in groups. Raises DirectoryTrouble.
    """
    if not directory.group_base:
        return []
    found = _groups(server, directory, _group_filter(directory, person))
    # Active Directory follows the chain itself; elsewhere it takes a search for each level.
    if directory.group_type == Directory.GroupType.GROUP_OF_NAMES:
        return _with_parents(server, directory, found)
    return found


def _with_parents(server: Any, directory: Directory, groups: list[Group]) -> list[Group]:
    """These groups and those that hold them, however deep; a ring of groups ends where it began."""
    known = {group.dn.casefold(): group for group in groups}
    fresh = list(known.values())
    while fresh:
        fresh = [
            parent
            for start in range(0, len(fresh), _NAMES_A_SEARCH)
            for parent in _groups(server, directory, _holding(fresh[start : start + _NAMES_A_SEARCH]))
            if parent.dn.casefold() not in known
        ]
        known.update((group.dn.casefold(), group) for group in fresh)
        if len(known) > _MOST_GROUPS:
            raise _too_many_groups()
    return list(known.values())


def _groups(server: Any, directory: Directory, wanted: str) -> list[Group]:
    narrowed = f"(&{directory.group_filter}{wanted})" if directory.group_filter else wanted
    found = _paged(server, directory.group_base, narrowed, ["cn"])
    return [Group(dn, _text(attributes, "cn")) for dn, attributes in found]


def _holding(groups: list[Group]) -> str:
    names = (ldap.filter.escape_filter_chars(group.dn) for group in groups)
    return f"(&{_NAMED_GROUPS}(|{''.join(f'(member={dn})(uniqueMember={dn})' for dn in names)}))"


def _one_person(server: Any, directory: Directory, wanted: str, said: str) -> Person:
    found = server.search_ext_s(
        directory.user_base,
        _SCOPES[directory.user_scope],
        f"(&{directory.user_filter}{wanted})",
        [*_PERSON_ATTRIBUTES, directory.login_attribute],
        timeout=directory.timeout_seconds,
        sizelimit=0,
    )
    entries = [(dn, attributes) for dn, attributes in found if dn is not None]  # None: a referral
    if not entries:
        raise SignInRefused("no_such_person", f"The directory has nobody called {said}.")
    if len(entries) > 1:
        raise SignInRefused("ambiguous_person", f"The directory has several entries called {said}.")
    return _person(directory, *entries[0])


def _person(directory: Directory, dn: str, attributes: dict[str, list[bytes]]) -> Person:
    return Person(
        key=_key(attributes),
        dn=dn,
        login=_text(attributes, directory.login_attribute),
        name=_text(attributes, "displayName") or _text(attributes, "cn"),
        email=_text(attributes, "mail"),
        uid=_text(attributes, "uid"),
        primary_gid=_text(attributes, "gidNumber"),
    )


def _key(attributes: dict[str, list[bytes]]) -> str:
    if entry_uuid := _text(attributes, "entryUUID"):
        return str(uuid.UUID(entry_uuid))
    if guid := attributes.get("objectGUID"):
        return str(uuid.UUID(bytes_le=guid[0]))
    message = "The entry has neither entryUUID nor objectGUID, or the bind account may not read it."
    raise DirectoryTrouble("directory_no_key", message)


def _login_filter(directory: Directory, login: str) -> str:
    if directory.group_type != Directory.GroupType.ACTIVE_DIRECTORY:
        # The attribute is checked when the settings are saved; the value is escaped here.
        return f"({directory.login_attribute}={ldap.filter.escape_filter_chars(login, 1)})"
    escaped = ldap.filter.escape_filter_chars(login, 1)
    named = f"(|(sAMAccountName={escaped})(userPrincipalName={escaped}))"
    return f"(&{named}(!(userAccountControl:{_BIT_AND}:=2)))"


def _group_filter(directory: Directory, person: Person) -> str:
    dn = ldap.filter.escape_filter_chars(person.dn)
    if directory.group_type == Directory.GroupType.ACTIVE_DIRECTORY:
        return f"(&(objectClass=group)(member:{_IN_CHAIN}:={dn}))"
    if directory.group_type == Directory.GroupType.POSIX_GROUP:
        uid = ldap.filter.escape_filter_chars(person.uid)
        gid = ldap.filter.escape_filter_chars(person.primary_gid)
        primary = f"(gidNumber={gid})" if gid else ""
        return f"(&(objectClass=posixGroup)(|(memberUid={uid}){primary}))"
    return f"(&{_NAMED_GROUPS}(|(member={dn})(uniqueMember={dn})))"


def _paged(server: Any, base: str, wanted: str, attributes: list[str]) -> list[tuple[str, Any]]:
    control = SimplePagedResultsControl(criticality=False, size=_PAGE, cookie="")
    found: list[tuple[str, Any]] = []
    while len(found) < _MOST_GROUPS:
        message = server.search_ext(base, ldap.SCOPE_SUBTREE, wanted, attributes, serverctrls=[control])
        _, entries, _, controls = server.result3(message, timeout=server.timeout)
        found += [(dn, each) for dn, each in entries if dn is not None]
        answer = [each for each in controls if each.controlType == SimplePagedResultsControl.controlType]
        if not answer or not answer[0].cookie:
            return found
        control.cookie = answer[0].cookie
    raise _too_many_groups()


def _too_many_groups() -> DirectoryTrouble:
    return DirectoryTrouble("directory_too_many_groups", "The group search finds far too many groups.")


def _text(attributes: dict[str, list[bytes]], name: str) -> str:
    # Servers keep the attribute's case as their schema has it, not as it was asked for.
    for each, values in attributes.items():
        if each.lower() == name.lower() and values:
            return values[0].decode(errors="replace")
    return ""
