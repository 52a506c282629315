"""Every page in Simplified Chinese: no text, title, label or placeholder of the portal's own is left in English, and no
sentence follows another with the blank that English has there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

import pytest
from django.test import Client

from builds.models import Build
from tenants.models import Directory, IdentityProvider, Tenant, TrustPolicy, User
from tests.browser import world
from tests.browser.test_every_page import PAGES
from tests.builds import small_index
from tests.portal.language.reading import texts_of

pytestmark = pytest.mark.django_db

#: Names of products, formats and protocols, and words of theirs; Chinese readers know them so.
_NAMES = """
    API ActiveDirectory Assay Active Android Chart Chrome ClientID CNAME ConfigMap Connect CSV DN Deployment Directory
    Docker Dockerfile Edge Entra FIPS Firefox Google Helm HTTP HTTPS ID JavaScript JPEG JSON JWT Keycloak Kubernetes LDAP LDAPS MB MiB
    NUL OAuth OCI OIDC OpenID Okta PEM PKCE PNG README SBOM SLSA SPDX Safari Service Sigstore StartTLS StatefulSet TOTP
    TXT URI UTC UTF Values WebP WebAuthn YAML amd64 and apko arm64 attribute bundle claim cosign docker email helm https
    Ingress Java Pod PostgreSQL Python Redis Secret TLS Node initdb
    Actions Env GitHub MIT RFC Web Zlib admin audience auditor builder false latest ldap ldaps ms owner release tgz true viewer
    directory provider in-toto kB label lockfile openid pull push redirect report runc schema uid values value package
"""
NAMES = frozenset(_NAMES.split())
#: What only code, commands, addresses and digests have: no blank within, and a sign that is no letter's neighbour.
CODE = re.compile(
    r"\S*[A-Za-z0-9][._/:@=+*\\<>{}()\[\]'-]+[A-Za-z0-9*]\S*|\S*[0-9]\S*|\S*[a-z][A-Z]\S*|/[a-z/]+"
)
#: Chinese sentences follow one another without a blank.
APART = re.compile(r"[^\s<>]{0,12}。\s+[\u4e00-\u9fff“][^\s<>]{0,12}")
WORD = re.compile(r"[A-Za-z]{2,}")
#: Elements whose words are the world's: names and sentences that people, images and charts bring with them.
GIVEN = (
        "Initech", "tzdata", "LIBC", "globex", "empty", "never-built",
    "nothing", "pyhton", "lib", "watched", "Ticket 7", "public-domain", "tests", "Mozilla",
    "charts/storefront", "storefront", "The shop's front, with a cache.", "elsewhere", "shipper",
    "The integration tests of the shop fail with the newer one; see OPS-1234.", "The shop's orders are kept in it.",
    "It is not part of your plan; node is.", "A long name.", "“password”", "[{name: pull}]", "[{secretRef: {name: mine}}]",
    "[{name: metrics, port: 8222, containerPort: 8222}]", "{/etc/app/key.pem: {secret: mine, key: tls.key}}",
)  # fmt: skip


@pytest.fixture
def pages(settings, tmp_path, monkeypatch) -> dict[str, tuple[str | None, str]]:
    """The browser's pages over its world, and those whose address only the database knows."""
    settings.SNAPSHOT_ROOT, settings.STORAGE_ROOT = tmp_path / "snapshots", tmp_path / "storage"
    # The world adds packages to the index, which other tests of this process solve by.
    monkeypatch.setattr(small_index, "PACKAGES", dict(small_index.PACKAGES))
    world.fill()
    acme = Tenant.objects.get(slug="acme")
    directory = Directory.unscoped.create(tenant=acme, name="Acme staff", uris="ldap://ldap.acme.example")
    found = dict(PAGES)
    for build in Build.objects.all():
        who, where = ("alice", "/acme/builds/") if build.tenant_id else ("petra", "/admin/builds/")
        found[f"build {build.state} {build.pk}"] = (who, f"{where}{build.pk}/")
    settings_of = f"/acme/settings/directories/{directory.pk}/"
    for path in ("", "edit/", "test/", "remove/"):
        found[f"directory {path}"] = ("alice", settings_of + path)
    return found


def test_no_page_is_left_in_english(pages: dict[str, tuple[str | None, str]]) -> None:
    left: dict[str, str] = {}
    names = _names()
    for who, group in groupby(
        sorted(pages.items(), key=lambda one: one[1][0] or ""), key=lambda one: one[1][0]
    ):
        visitor = _visitor(who)
        for name, (_, path) in group:
            answer = visitor.get(path)
            assert answer.status_code == 200, (name, path)
            assert '<html lang="zh-hans"' in answer.text
            left |= {text: f"{name}: {words}" for text, words in _english(answer.text, names)}
            left |= dict.fromkeys(APART.findall(answer.text), f"{name}: a blank")
    assert left == {}, "\n".join(f"{text!r} on {where}" for text, where in left.items())


def test_a_text_that_is_left_would_be_seen() -> None:
    page = '<p title="Not marked"><b>镜像</b> Not translated <code>docker pull</code></p><input placeholder="Find">'
    assert [text for text, _ in _english(page)] == ["Not marked", "Not translated", "Find"]


def _visitor(who: str | None) -> Client:
    visitor = Client(headers={"host": "localhost:8000", "accept-language": "zh-CN"})
    if who:
        person = User.objects.get(email=f"{who}@example.com")
        visitor.force_login(person, backend="tenants.signin.PlatformBackend")
    return visitor


def _names() -> set[str]:
    """What the world's tenants, people and sources are called."""
    models = (
        Tenant.objects,
        User.objects,
        Directory.unscoped,
        IdentityProvider.unscoped,
        TrustPolicy.unscoped,
    )
    names = {name for rows in models for name in rows.values_list("name", flat=True)}
    return names | set(User.objects.values_list("directory_login", flat=True)) - {""}


def _english(page: str, names: Iterable[str] = ()) -> Iterator[tuple[str, list[str]]]:
    for text in texts_of(page):
        own = text
        for given in sorted({*GIVEN, *names}, key=len, reverse=True):
            own = own.replace(given, "") if given else own
        words = [
            word for word in WORD.findall(CODE.sub("", own)) if word not in NAMES and word not in world.IMAGES
        ]
        if words:
            yield text, words
