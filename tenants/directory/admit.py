"""Whom a directory lets in, and as what. A person is keyed by directory and entryUUID.

Not in charge of the rows that stand for them here: see `tenants.admission`.
"""

from __future__ import annotations

from tenants import admission
from tenants.admission import Known
from tenants.directory.connection import bind_as_service, opened
from tenants.directory.errors import SignInRefused
from tenants.directory.lookup import Person, check_password, find_by_key, find_person, groups_of
from tenants.directory.roles import decide
from tenants.models import Directory, User
from tenants.roles import Decision


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
        admission.withdraw(user=user, source=directory, reason=refusal.code)
        return Decision(None, refusal.code)
    return decision


def admit(*, directory: Directory, person: Person, decision: Decision) -> User:
    """Write the person and the role. Raises SignInRefused, after withdrawing, where there is no role."""
    login = f"{directory.pk}:{person.key}"
    known = Known(login=login, name=person.name, email=person.email, shown=person.login)
    user = admission.admit(source=directory, known=known, decision=decision)
    if user is None:
        raise SignInRefused("no_role", "None of this person's groups gives a role here.")
    return user
