"""Reaching a directory: its addresses, its certificate, its time, and what is wrong with how it was set up."""

from __future__ import annotations

import socket

import pytest

from tenants.directory.admit import sign_in
from tenants.directory.errors import DirectoryTrouble
from tenants.directory.slapd import Slapd
from tenants.models import Directory
from tenants.secrets import seal
from tests.servers.silent import silent_server
from tests.servers.slapd import BASE


@pytest.mark.parametrize("encryption", ["starttls", "ldaps", "none"])
def test_a_server_that_accepts_and_never_answers_does_not_hold_the_thread(crew: Directory, encryption: str):
    scheme = "ldaps" if encryption == "ldaps" else "ldap"
    with silent_server() as port:
        crew.uris, crew.encryption, crew.timeout_seconds = f"{scheme}://127.0.0.1:{port}", encryption, 1
        with pytest.raises(DirectoryTrouble) as trouble:
            sign_in(directory=crew, login="fry", password="fry")
    assert trouble.value.code in {"directory_tls", "directory_unreachable"}


@pytest.mark.parametrize("encryption", ["starttls", "ldaps"])
def test_a_certificate_of_an_unknown_authority_is_refused(crew: Directory, slapd: Slapd, encryption: str):
    crew.encryption = encryption
    crew.uris = slapd.ldaps_uri if encryption == "ldaps" else slapd.uri
    assert sign_in(directory=crew, login="fry", password="fry")
    crew.ca_certificates = ""
    with pytest.raises(DirectoryTrouble) as trouble:
        sign_in(directory=crew, login="fry", password="fry")
    assert trouble.value.code == "directory_tls"


@pytest.mark.parametrize("encryption", ["starttls", "ldaps"])
def test_a_certificate_for_another_name_is_refused(crew: Directory, slapd: Slapd, encryption: str):
    uri = slapd.ldaps_uri if encryption == "ldaps" else slapd.uri
    crew.encryption, crew.uris = encryption, uri.replace("127.0.0.1", "localhost")
    with pytest.raises(DirectoryTrouble) as trouble:
        sign_in(directory=crew, login="fry", password="fry")
    assert trouble.value.code == "directory_tls"


@pytest.mark.parametrize(
    "uri",
    [
        "ldap://127.0.0.1",
        "ldap://localhost",
        "ldap://[::1]",
        "ldap://10.1.2.3",
        "ldap://192.168.0.1",
        "ldap://169.254.169.254",
        "ldap://[::ffff:10.0.0.1]",
        "ldap://[fe80::1]",
        "ldap://0.0.0.0",
        "ldap://100.64.0.1",
        "ldap://224.0.0.1",
        "ldap://2130706433",
    ],
)
def test_an_internal_address_is_refused_unless_the_operator_allows_it(crew: Directory, settings, uri: str):
    settings.DIRECTORY_ALLOWED_NETWORKS = []
    crew.uris, crew.encryption = uri, "none"
    with pytest.raises(DirectoryTrouble) as trouble:
        sign_in(directory=crew, login="fry", password="fry")
    assert trouble.value.code == "directory_address_refused"


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("http://ldap.example.com", "directory_address"),
        ("ldapi:///", "directory_address"),
        ("ldap://user@127.0.0.1", "directory_address"),
        ("ldap://127.0.0.1:99999", "directory_address"),
        ("ldap://no-such-name.invalid", "directory_unknown_host"),
        ("ldaps://127.0.0.1", "directory_scheme"),
        ("", "directory_address"),
    ],
)
def test_an_address_that_is_none_is_told_apart(crew: Directory, uri: str, code: str):
    crew.uris = uri
    with pytest.raises(DirectoryTrouble) as trouble:
        sign_in(directory=crew, login="fry", password="fry")
    assert trouble.value.code == code


def test_the_second_address_answers_when_the_first_is_gone(crew: Directory, slapd: Slapd):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        crew.uris = f"ldap://127.0.0.1:{closed.getsockname()[1]}\n{slapd.uri}"
        assert sign_in(directory=crew, login="fry", password="fry")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"bind_secret": seal("wrong")}, "directory_bind_refused"),
        ({"bind_secret": ""}, "directory_no_secret"),
        ({"bind_secret": "not sealed"}, "secret_unreadable"),
        ({"user_base": f"ou=nowhere,{BASE}"}, "directory_base"),
        ({"user_filter": "(uid=fry"}, "directory_filter"),
    ],
)
def test_wrong_settings_are_said_to_be_wrong(crew: Directory, change: dict, code: str):
    for name, value in change.items():
        setattr(crew, name, value)
    with pytest.raises(DirectoryTrouble) as trouble:
        sign_in(directory=crew, login="fry", password="fry")
    assert trouble.value.code == code
