"""Connections to an LDAP server: bounded in time, verified in TLS, closed at the end of the block.

Not in charge of what is asked there: see `tenants.directory.lookup`.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ldap

from tenants import outside
from tenants.directory import guard
from tenants.directory.errors import DirectoryTrouble
from tenants.models import Directory
from tenants.secrets import SecretUnreadable, unseal


@contextmanager
def opened(directory: Directory) -> Iterator[Any]:
    """An `LDAPObject` to the first address that answers, encrypted as configured, not yet bound.

    Raises DirectoryTrouble; errors of the server inside the block become DirectoryTrouble too.
    """
    server = _first_that_answers(directory)
    try:
        yield server
    except ldap.LDAPError as error:
        raise trouble_from(error) from error
    finally:
        server.unbind_ext()


def bind_as_service(server: Any, directory: Directory) -> None:
    """Bind with the directory's own account, or anonymously when it has none. Raises DirectoryTrouble."""
    try:
        secret = unseal(directory.bind_secret)
    except SecretUnreadable as error:
        raise DirectoryTrouble(error.code, str(error)) from error
    if directory.bind_dn and not secret:
        # A DN without a password is an "unauthenticated bind", which servers answer with success.
        raise DirectoryTrouble("directory_no_secret", "The bind account has no password; enter one.")
    try:
        server.simple_bind_s(directory.bind_dn, secret)
    except ldap.INVALID_CREDENTIALS:
        message = "The directory refused the bind account or its password."
        raise DirectoryTrouble("directory_bind_refused", message) from None


def addresses(directory: Directory) -> list[guard.Endpoint]:
    """The directory's addresses in the order they are tried. Raises DirectoryTrouble."""
    lines = [line for line in directory.uris.split() if line]
    if not lines:
        raise DirectoryTrouble("directory_address", "The directory has no address.")
    return [guard.parse(line) for line in lines]


def trouble_from(error: ldap.LDAPError) -> DirectoryTrouble:
    """The library's error in words."""
    facts = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    said = facts.get("info") or facts.get("desc") or type(error).__name__
    if isinstance(error, (ldap.TIMEOUT, ldap.SERVER_DOWN)):
        return DirectoryTrouble("directory_unreachable", f"The directory does not answer ({said}).")
    if isinstance(error, ldap.NO_SUCH_OBJECT):
        return DirectoryTrouble("directory_base", "The directory has no entry at the search base.")
    if isinstance(error, ldap.FILTER_ERROR):
        return DirectoryTrouble("directory_filter", "The search filter is not valid.")
    return DirectoryTrouble("directory_error", f"The directory answered with an error: {said}.")


def _first_that_answers(directory: Directory) -> Any:
    trouble: DirectoryTrouble | None = None
    for endpoint in addresses(directory):
        try:
            return _open(directory, endpoint)
        except DirectoryTrouble as error:
            trouble = error
    assert trouble is not None
    raise trouble


def _open(directory: Directory, endpoint: guard.Endpoint) -> Any:
    wants_ldaps = directory.encryption == Directory.Encryption.LDAPS
    if wants_ldaps != (endpoint.scheme == "ldaps"):
        message = (
            "The address and the encryption disagree: ldaps:// goes with LDAPS, ldap:// with the others."
        )
        raise DirectoryTrouble("directory_scheme", message)
    plain = guard.connect(endpoint, directory.timeout_seconds)
    if wants_ldaps:
        # libldap speaks TLS from the first byte only on connections it makes itself.
        plain.close()
        server = ldap.initialize(endpoint.uri)
    else:
        # libldap takes over the descriptor, and with it the address that the guard checked.
        server = ldap.initialize(endpoint.uri, fileno=plain.detach())
    try:
        _prepare(server, directory)
    except ldap.LDAPError as error:
        server.unbind_ext()
        if not isinstance(error, (ldap.CONNECT_ERROR, ldap.SERVER_DOWN, ldap.TIMEOUT)):
            raise trouble_from(error) from error
        said = trouble_from(error)
        message = (
            f"TLS with {endpoint.host} failed: its certificate does not fit, or it did not answer. {said}"
        )
        raise DirectoryTrouble("directory_tls", message) from error
    except DirectoryTrouble:
        server.unbind_ext()
        raise
    return server


def _prepare(server: Any, directory: Directory) -> None:
    seconds = directory.timeout_seconds
    server.set_option(ldap.OPT_PROTOCOL_VERSION, 3)
    server.set_option(ldap.OPT_REFERRALS, 0)
    server.set_option(ldap.OPT_NETWORK_TIMEOUT, seconds)
    server.set_option(ldap.OPT_TIMEOUT, seconds)
    server.timeout = seconds
    if directory.encryption == Directory.Encryption.NONE:
        return
    # A server that accepts TCP and never speaks TLS would hang the thread without this.
    server.set_option(ldap.OPT_CONNECT_ASYNC, 1)
    with _authorities(directory) as path:
        if path:
            server.set_option(ldap.OPT_X_TLS_CACERTFILE, path)
        server.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
        # Last, since it freezes the options above into a context of this connection alone.
        server.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        if directory.encryption == Directory.Encryption.STARTTLS:
            server.start_tls_s()
        else:
            _touch(server)


def _touch(server: Any) -> None:
    """Make libldap connect, and check whom it reached before any password is sent there."""
    try:
        server.search_s("", ldap.SCOPE_BASE, "(objectClass=*)", ["1.1"])
    except (ldap.CONNECT_ERROR, ldap.SERVER_DOWN, ldap.TIMEOUT):
        raise
    except ldap.LDAPError:
        pass  # it answered, which is all that was asked
    with socket.socket(fileno=os.dup(server.get_option(ldap.OPT_DESC))) as reached:
        address = str(reached.getpeername()[0])
    if not outside.is_allowed(address):
        message = "The directory's name led to an internal address."
        raise DirectoryTrouble("directory_address_refused", message)


@contextmanager
def _authorities(directory: Directory) -> Iterator[str]:
    """Path of a file with the tenant's own authorities, or "" for the system's."""
    if not directory.ca_certificates.strip():
        yield ""
        return
    handle, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(directory.ca_certificates)
        yield path
    finally:
        Path(path).unlink()
