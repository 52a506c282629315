"""A directory server beside the demo, and the row that lets its people sign in to one tenant."""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from django.db import connection

from tenants.directory import settings as directory_settings
from tenants.directory.check import check
from tenants.directory.slapd import Slapd, SlapdTrouble
from tenants.directory.throwaway import certificates
from tenants.directory.tree import Tree, with_keys
from tenants.models import Directory, Tenant
from tenants.roles import Role

ACTOR = "demo"
NAME = "demo"
Say = Callable[[str], None]


def serve(
    *, place: Path, tenant: Tenant, tree: Tree, rules: Mapping[str, Role], where: str, say: Say
) -> None:
    """Serve `tree` to `tenant` until SIGINT or SIGTERM; `where` is the sign-in page's address.

    Raises SlapdTrouble, also when the server ends by itself.
    """
    place.mkdir(parents=True, exist_ok=True)
    server = Slapd(
        place=place,
        tree=with_keys(tree, place / "tree.ldif").path,
        base=tree.base,
        root_dn=f"cn=admin,{tree.base}",
        root_password=secrets.token_urlsafe(18),
        tls=certificates(place / "tls"),
    )
    with _told_to_stop() as is_stopping, server:
        directory = _connect(tenant, server, rules)
        try:
            _introduce(directory, server, tree, where, say)
            connection.close()  # nothing may hold the demo's database open while nothing happens
            while not is_stopping():
                if server.has_ended:
                    raise SlapdTrouble(f"slapd ended by itself; its log is {place / 'slapd.log'}")
                time.sleep(0.1)
        finally:
            _disconnect(directory)
    say("directory: stopped; its people can no longer sign in")


def _connect(tenant: Tenant, server: Slapd, rules: Mapping[str, Role]) -> Directory:
    assert server.tls is not None
    found = Directory.unscoped.filter(tenant=tenant, name=NAME).first()
    directory = found or Directory(tenant=tenant, name=NAME)
    directory.is_active = True
    directory.uris = server.uri
    directory.encryption = Directory.Encryption.STARTTLS
    directory.ca_certificates = server.tls.authority.read_text()
    directory.bind_dn = server.root_dn
    directory.user_base = directory.group_base = server.base
    directory.group_roles = {group: role.value for group, role in rules.items()}
    return directory_settings.save(directory=directory, actor=ACTOR, secret=server.root_password)


def _disconnect(directory: Directory) -> None:
    # Otherwise every mistyped name at the sign-in page would wait for a server that is gone.
    directory.refresh_from_db()
    directory.is_active = False
    directory_settings.save(directory=directory, actor=ACTOR)


def _introduce(directory: Directory, server: Slapd, tree: Tree, where: str, say: Say) -> None:
    say(f"directory: {tree.path.name} answers at {server.uri}; sign in to {directory.tenant} at {where}")
    for login in tree.logins:
        # Directories for demonstrations use the name as the password; said only where it is true.
        password = {each.name: each for each in check(directory, login=login, password=login)}["password"]
        role = check(directory, login=login, password="")[-1]
        known = f"password {login}" if password.state == "passed" else "its password is not its name"
        say(f"  {login}  {known}  {role.said if role.state == 'passed' else f'stays out: {role.said}'}")
    say("\nStop with Ctrl-C.\n")


@contextmanager
def _told_to_stop() -> Iterator[Callable[[], bool]]:
    told: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        told.append(number)

    before = {
        number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield lambda: bool(told)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
