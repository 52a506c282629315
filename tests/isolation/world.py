"""What acme has that nobody else may learn of. Every name of it contains the canary."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.utils import timezone

from builds import solve
from builds.models import Build
from builds.order import order_golden, spec_of
from catalog.models import AccessRequest, Chart, ChartVersion, Image, Release
from catalog.offer import entitle
from registry import pins
from registry.models import Repository
from registry.visibility import View
from tenants import audit, hostnames, support, tokens
from tenants.models import (
    AccessToken,
    Directory,
    Hostname,
    HostnameClaim,
    IdentityProvider,
    Invitation,
    Membership,
    SupportVisit,
    Tenant,
    TrustPolicy,
)
from tenants.onboarding import add_hostname
from tenants.roles import Role
from tests.builds.golden import CUSTOMISATION
from tests.catalog import world
from tests.isolation.routes import Route
from tests.people import person
from tests.registry.wire import Wire

CANARY = "canary"
#: An image of the platform that everyone may ask for, so no secret of acme's.
OFFERED = "offered-image"
ABSENT_DIGEST = f"sha256:{'0' * 64}"
#: Names of the platform's, which everyone may ask about.
_OF_PLATFORM = frozenset({OFFERED, "libc6"})
#: Arguments that name no row: any value does.
_FREE = {
    "step": "packages",
    "kind": "sbom",
    "form": "csv",
    "colour": "0b5a5a",
    "rest": "nowhere",
    "secret": "x",
    "logo_hash": "x",
    "key": "x",
    "uidb36": "x",
}
#: Routes of the tenant's own repositories; others with a repository's name are of granted ones, too.
_OWN = frozenset(
    {
        "repository", "tag", "tag-move", "tag-delete",
        "api-repository", "api-tag", "api-tag-history", "api-tag-rollback",
    }
)  # fmt: skip


class NotCovered(KeyError):
    """A route has an argument that nobody told the walk how to fill in."""


@dataclass(frozen=True)
class World:
    tenant: Tenant
    release: Release
    build: Build
    chart: Chart
    directory: Directory
    provider: IdentityProvider
    policy: TrustPolicy
    invitation: Invitation
    token: AccessToken
    secret: str
    membership: Membership
    key: Authenticator
    visit: SupportVisit
    claim: HostnameClaim
    hostname: Hostname
    layer: bytes
    upload: str

    def present(self, route: Route, argument: str) -> str:
        """The value for an argument that names a row of acme's."""
        if argument in _FREE:
            return _FREE[argument]
        if route.name in _OWN and argument in {"name", "tag"}:
            return f"{CANARY}-app" if argument == "name" else "v1"
        # "name" and "pk" mean another thing below each first word of the address.
        words = re.findall(r"[a-z-]+", re.sub(r"^(api/v1|settings|admin)/", "", route.pattern))
        kind = words[0] if argument in {"name", "pk"} else ""
        try:
            return self._rows()[argument, kind]
        except KeyError:
            raise NotCovered(
                f"{route.label} has an argument {argument} that world.py does not know"
            ) from None

    def absent(self, route: Route, argument: str) -> str:
        """A value of the same shape that names nothing."""
        here = self.present(route, argument)
        if argument in _FREE or here in _OF_PLATFORM:
            return here
        if argument in {"name", "slug", "tag", "version"}:
            return "absent-thing"
        if argument == "digest":
            return ABSENT_DIGEST
        return "99999" if here.isdecimal() else str(uuid.UUID(int=7))

    def _rows(self) -> dict[tuple[str, str], str]:
        image = self.release.repository.name
        return {
            ("name", "images"): image,
            ("name", "available"): OFFERED,
            ("name", "packages"): "libc6",
            ("request_id", ""): str(AccessRequest.objects.get(tenant=self.tenant, image__name=image).pk),
            ("name", "repositories"): image,
            ("name", "charts"): self.chart.name,
            ("name", "builds"): image,
            ("name", "golden"): self.build.revision.recipe.name,
            ("version", ""): "1.0.0",
            ("tag", ""): self.release.stream.name,
            ("digest", ""): self.release.digest,
            ("build_id", ""): str(self.build.pk),
            ("pk", "builds"): str(self.build.pk),
            ("pk", "accounts"): str(self.key.pk),
            ("pk", "directories"): str(self.directory.pk),
            ("invitation_id", ""): str(self.invitation.pk),
            ("pk", "providers"): str(self.provider.pk),
            ("pk", "policies"): str(self.policy.pk),
            ("provider_id", ""): self.provider.key,
            ("token_id", ""): str(self.token.pk),
            ("membership_id", ""): str(self.membership.pk),
            ("claim_id", ""): str(self.claim.pk),
            ("hostname_id", ""): str(self.hostname.pk),
            ("visit_id", ""): str(self.visit.pk),
            ("grant_id", ""): str(self.tenant.grants.order_by("pk")[0].pk),
            ("slug", ""): self.tenant.slug,
        }


def make(acme: Tenant) -> World:
    """Give acme one of everything."""
    release = _image(acme)
    dave = person(f"{CANARY}-dave", acme, Role.BUILDER)
    token, secret = tokens.issue(
        user=dave, tenant=acme, name=f"{CANARY}-token", actions=["pull", "push", "build"]
    )
    layer = f"{CANARY} layer".encode()
    wire = Wire("acme.localhost").as_token(secret)
    wire.image(f"{CANARY}-app", "v1", layer)
    grant = acme.grants.get(name=f"{CANARY}-image")
    view = View(grant.repository, grant)
    pins.pin(view=view, name="3.13", digest=release.digest, actor=dave, reason=f"{CANARY} reason")
    audit.record(tenant=acme, actor=f"{CANARY}-dave", verb="tag.moved", object=f"{CANARY}-app:v1")
    return World(
        tenant=acme,
        release=release,
        build=_build(acme),
        chart=_chart(acme),
        **_sources(acme),
        invitation=_invitation(acme),
        token=token,
        secret=secret,
        membership=dave.memberships.get(),
        key=Authenticator.objects.create(
            user=dave, type=Authenticator.Type.WEBAUTHN, data={"name": f"{CANARY}-key"}
        ),
        visit=support.begin(tenant=acme, user=person(f"{CANARY}-support"), role="viewer", reason=CANARY),
        claim=hostnames.claim(tenant=acme, name=f"{CANARY}.example.com", actor="tests"),
        hostname=add_hostname(tenant=acme, name=f"{CANARY}.example.org"),
        layer=layer,
        upload=wire("POST", f"/v2/{CANARY}-app/blobs/uploads/").headers["location"],
    )


def _image(acme: Tenant) -> Release:
    """One that it may pull and asked for once; another it may ask for."""
    image = world.image(f"{CANARY}-image", is_free=False)
    entitle(tenant=acme, image=image)
    AccessRequest.objects.create(
        tenant=acme, image=image, reason=CANARY, asked_by=f"{CANARY}-dave", asked_at=timezone.now()
    )
    Image.objects.filter(pk=world.image(OFFERED, is_free=False).pk).update(is_listed=True)
    return world.released(image.streams.get())


def _sources(acme: Tenant) -> dict[str, Any]:
    """Where people and workloads come from."""
    directory = Directory.unscoped.create(
        tenant=acme,
        name=f"{CANARY}-directory",
        uris="ldap://127.0.0.1:1",
        user_base="dc=canary",
        is_active=False,
    )
    issuer = f"https://127.0.0.1:1/{CANARY}"
    # The name is on the button of a page that anyone may see.
    provider = IdentityProvider.unscoped.create(
        tenant=acme, name="Staff", issuer=issuer, default_role="viewer"
    )
    policy = TrustPolicy.unscoped.create(tenant=acme, name=f"{CANARY}-policy", issuer=issuer, subject=CANARY)
    return {"directory": directory, "provider": provider, "policy": policy}


def _invitation(acme: Tenant) -> Invitation:
    return Invitation.unscoped.create(
        tenant=acme,
        email=f"{CANARY}@example.com",
        role="viewer",
        sha256="0" * 64,
        invited_by="alice",
        expires_at=timezone.now() + timedelta(days=1),
    )


def _build(acme: Tenant) -> Build:
    base = world.image("python").streams.get()
    world.released(base, lock=solve.solve(spec=spec_of(base)).to_json(), content=b"python")
    return order_golden(
        tenant=acme, name=f"{CANARY}-recipe", base=base, customisation=CUSTOMISATION, actor=f"{CANARY}-dave"
    )


def _chart(acme: Tenant) -> Chart:
    repository = Repository.objects.create(name=f"charts/{CANARY}-chart")
    chart = Chart.objects.create(name=f"{CANARY}-chart", summary="A chart.", repository=repository)
    manifest = world.pushed(repository, tag="1.0.0")
    ChartVersion.objects.create(
        chart=chart, version="1.0.0", digest=manifest.digest, readme=CANARY, published_at=timezone.now()
    )
    entitle(tenant=acme, chart=chart)
    return chart


def door_paths(*, name: str, digest: str, reference: str, upload: str) -> list[tuple[str, str]]:
    """(method, path) for each of the registry's routes, at these coordinates."""
    at = f"/v2/{name}"
    return [
        *((method, f"{at}/manifests/{reference}") for method in ("GET", "HEAD", "PUT", "DELETE")),
        *((method, f"{at}/manifests/{digest}") for method in ("GET", "HEAD", "DELETE")),
        *((method, f"{at}/blobs/{digest}") for method in ("GET", "HEAD", "DELETE")),
        ("POST", f"{at}/blobs/uploads/"),
        ("POST", f"{at}/blobs/uploads/?mount={digest}&from={name}"),
        *(
            (method, f"{at}/blobs/uploads/{upload}?digest={digest}")
            for method in ("GET", "PATCH", "PUT", "DELETE")
        ),
        ("GET", f"{at}/tags/list"),
        ("GET", f"{at}/referrers/{digest}"),
    ]
