"""From a directory's groups to one role in its tenant."""

from __future__ import annotations

from collections.abc import Iterable

import ldap
import ldap.dn

from tenants.directory.lookup import Group
from tenants.models import Directory
from tenants.roles import Decision, Role, strongest


def decide(directory: Directory, groups: Iterable[Group]) -> Decision:
    """Which role these groups give. A rule names a group by DN, or by its cn alone."""
    groups = list(groups)
    if directory.required_group and not _has(groups, directory.required_group):
        return Decision(None, directory.required_group)
    given: dict[Role, str] = {}
    rules = {_normal(name): Role(role) for name, role in directory.group_roles.items()}
    for group in groups:
        for name in (_normal(group.dn), _normal(group.name)):
            if name in rules:
                given.setdefault(rules[name], group.name or group.dn)
    return strongest(given, otherwise=directory.default_role)


def _has(groups: Iterable[Group], name: str) -> bool:
    return any(_normal(name) in (_normal(group.dn), _normal(group.name)) for group in groups)


def _normal(name: str) -> str:
    """A DN in one spelling (case, spaces, escapes, order within a part); a plain name in lower case."""
    if "=" not in name:
        return name.strip().casefold()
    try:
        parts = ldap.dn.str2dn(name.strip())
    except ldap.DECODING_ERROR:
        return name.strip().casefold()
    spelled = [sorted((kind.casefold(), value.casefold()) for kind, value, _ in part) for part in parts]
    return repr(spelled)
