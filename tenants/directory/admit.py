"""Letting a directory's person in, and out: the rows that stand for them here.

A person is keyed by directory and entryUUID, never by user name or e-mail address, so that the same name in
two tenants is two people. Roles hang on the membership; Django's groups and flags are never touched.
"""

from __future__ import annotations

from django.db import transaction

from tenants import audit, tokens
from tenants.directory.connection import bind_as_service, opened
from tenants.directory.errors import SignInRefused
from tenants.directory.lookup import Person, check_password, find_by_key, find_person, groups_of
from tenants.directory.roles import Decision, decide
from tenants.members import end_sessions
from tenants.models import Directory, Membership, User


def sign_in(*, directory: Directory, login: str, password: str) -> User:
    """The person whom the directory knows by this login and password, with the role of today's groups.

    Raises SignInRefused, DirectoryTrouble.
    """
    if not password or not login.strip():
        raise SignInRefused("empty_password", "A user name and a password are needed.")
    with opened(directory) as server:
        bind_as_service(server, directory)
        person = find_person(server, directory, login.strip())
        check_password(server, directory, person, password)
        decision = decide(directory, groups_of(server, directory, person))
    return admit(directory=directory, person=person, decision=decision)


def refresh(*, user: User, directory: Directory) -> Decision:
    """Read a person's entry and groups again, and change or withdraw the role. Raises DirectoryTrouble."""
    key = user.login.partition(":")[2]
    try:
        with opened(directory) as server:
            bind_as_service(server, directory)
            person = find_by_key(server, directory, key)
            decision = decide(directory, groups_of(server, directory, person))
        admit(directory=directory, person=person, decision=decision)
    except SignInRefused as refusal:
        withdraw(user=user, directory=directory, reason=refusal.code)
        return Decision(None, refusal.code)
    return decision


def admit(*, directory: Directory, person: Person, decision: Decision) -> User:
    """Write the person and the role. Raises SignInRefused, after withdrawing, where there is no role."""
    login = f"{directory.pk}:{person.key}"
    if decision.role is None:
        user = User.objects.filter(login=login).first()
        if user is not None:
            withdraw(user=user, directory=directory, reason="no_role")
        raise SignInRefused("no_role", "None of this person's groups gives a role here.")
    return _write(directory, person, login, decision)


@transaction.atomic
def withdraw(*, user: User, directory: Directory, reason: str) -> None:
    """End the person's role, tokens and sessions. Does nothing when that was done before."""
    tokens.revoke_all(user=user, tenant=directory.tenant, actor=f"directory {directory.name}")
    end_sessions(user)
    gone, _ = Membership.objects.filter(user=user, tenant=directory.tenant).delete()
    if gone or user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
        audit.record(
            tenant=directory.tenant,
            actor=f"directory {directory.name}",
            verb="member.withdrawn",
            object=user.directory_login,
            data={"reason": reason},
        )


@transaction.atomic
def _write(directory: Directory, person: Person, login: str, decision: Decision) -> User:
    assert decision.role is not None
    facts = {
        "email": person.email[:254],
        "name": person.name[:150],
        "directory": directory,
        "directory_login": person.login[:254],
        "is_active": True,
    }
    user, is_new = User.objects.update_or_create(login=login, defaults=facts)
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    before = Membership.objects.filter(user=user, tenant=directory.tenant).first()
    given = {"role": decision.role, "directory": directory, "because": decision.because[:300]}
    Membership.objects.update_or_create(user=user, tenant=directory.tenant, defaults=given)
    if before is None or before.role != decision.role:
        audit.record(
            tenant=directory.tenant,
            actor=f"directory {directory.name}",
            verb="member.admitted" if before is None else "member.role_changed",
            object=user.directory_login,
            data={"role": decision.role, "because": decision.because},
        )
    return user
