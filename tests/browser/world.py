"""A believable catalogue in rows, for pages to be looked at: no engine, no worker, no network.

Not in charge of serving it: see `tests.browser.server`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from builds import solve, states
from builds.engine.deb.version import version_key
from builds.models import Build, BuildLogLine, BuildStep, Recipe, RecipeRevision
from builds.order import spec_of
from builds.sign_charts import sign_charts
from builds.starter.definitions import definitions
from catalog import changelogs, contents, free, requests, shelf
from catalog.charts.publish import publish_charts
from catalog.layers import list_layers
from catalog.models import Image, Package, PackageVersion, Release
from catalog.offer import ImageOffer, StreamOffer, entitle, offer
from registry import history, pins, tags, visibility
from registry.models import Repository, TagEvent
from tenants import hostnames, support, tokens
from tenants.admission import Known, admit
from tenants.models import (
    Directory,
    IdentityProvider,
    Invitation,
    PlatformMembership,
    Tenant,
    TrustPolicy,
    User,
)
from tenants.onboarding import create_tenant
from tenants.roles import Decision, PlatformRole, Role
from tests.browser.own_chart import import_chart
from tests.builds import small_index
from tests.catalog import world
from tests.catalog.layer_tars import layer
from tests.people import person

#: name: (category, stream, summary, megabytes, hours since its release; None for never built)
IMAGES: dict[str, tuple[str, str, str, int, int | None]] = {
    "base": (
        "base",
        "13",
        "The C and C++ libraries, OpenSSL, certificates and time zones. For compiled programs.",
        9,
        5,
    ),
    "nginx": ("web", "1.26", "The nginx web server, on port 8080, as a user without rights.", 11, 2),
    "node": ("language", "20", "The Node.js runtime.", 51, 2),
    "openjdk-jre": ("language", "21", "The Java 21 runtime without desktop libraries.", 86, 26),
    "postgres": (
        "database",
        "17",
        "The PostgreSQL 17 server. An empty volume is filled by running initdb once.",
        74,
        None,
    ),
    "python": ("language", "3.13", "The Python language and its standard library.", 21, 1),
    "redis": (
        "database",
        "8.0",
        "The Redis data store, on port 6379, keeping its data in /data.",
        15,
        24 * 9,
    ),
    "team-with-a-long-name/and-an-image.that-says-what-it-is-for": ("tool", "1", "A long name.", 4, 70),
}
#: Packages of the index, beside the made-up ones; these are reviewed.
PACKAGES = {
    "libcurl4t64": ("8.14.1-2", "libc6 (>= 2.36), zlib1g", ""),
    "curl": ("8.14.1-2", "libcurl4t64 (= 8.14.1-2)", ""),
    "jq": ("1.7.1-6", "libc6", ""),
}
MARKS = {
    "application/spdx+json": "",
    "https://sigstore.dev/cosign/sign/v1": "application/vnd.dev.sigstore.bundle.v0.3+json",
    "https://slsa.dev/provenance/v1": "application/vnd.dev.sigstore.bundle.v0.3+json",
}
#: What the changelog of a version says.
FIXES = {
    "2.41-11": [["2.41-9", "2026-03-02", ["CVE-2026-0915", "CVE-2026-0861"]]],
    "2.41-12": [
        ["2.41-12", "2026-08-11", ["CVE-2026-4437", "CVE-2026-4438"]],
        ["2.41-9", "2026-03-02", ["CVE-2026-0915", "CVE-2026-0861"]],
    ],
}
LOG = (
    ("fetch", "5 of 5 packages, 1310720 bytes"),
    ("assemble", "unpack libc6 2.41-12"),
    ("assemble", f"layer libraries: 5 packages, 1310720 bytes, sha256:{'3f' * 32}"),
    ("test", "amd64 passed: runs as a user that is not root (61 ms)"),
    ("test", "amd64 passed: it is the version it says (12 ms)"),
    ("test", "amd64 FAILED: has no shell (4 ms)"),
    ("test", "    /bin/dash"),
)


def fill() -> None:
    """Tenants, people, catalogue, golden images and builds in every state."""
    small_index.PACKAGES |= PACKAGES
    small_index.write_index(settings.SNAPSHOT_ROOT)
    acme = create_tenant(slug="acme", name="Acme Images", actor="tests")
    globex = create_tenant(slug="globex", name="Globex", accent="#7a3b00", actor="tests")
    alice = person("alice", acme, Role.OWNER)
    person("bob", acme, Role.BUILDER)
    person("vera", acme, Role.VIEWER)
    person("charlie", globex, Role.OWNER)
    person("nobody")
    PlatformMembership.objects.create(user=person("petra"), role=PlatformRole.ADMIN)
    PlatformMembership.objects.create(user=person("sam"), role=PlatformRole.SUPPORT)
    _settings(acme, alice)
    _sources(acme)
    support.begin(tenant=globex, user=User.objects.get(name="Petra"), role="viewer", reason="Ticket 7")
    for name, facts in IMAGES.items():
        _image(acme, name, *facts)
    _charts()
    import_chart(acme, alice)
    _available(globex)
    _golden(acme)
    _repositories(acme, alice)
    list_layers()


def _settings(acme: Tenant, alice: User) -> None:
    """A token, a host name that is claimed, somebody who is invited."""
    tokens.issue(user=alice, tenant=acme, name="ci-runner", actions=["pull"], days=90)
    hostnames.claim(tenant=acme, name="images.acme.example", actor="tests")
    Invitation.unscoped.create(
        tenant=acme, email="dora@acme.example", role="builder", invited_by="Alice",
        sha256=hashlib.sha256(b"welcome").hexdigest(), expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip


def _sources(acme: Tenant) -> None:
    """A directory and a provider with a person each, and workloads that are trusted."""
    provider = IdentityProvider.unscoped.create(
        tenant=acme, name="Acme staff", issuer="https://login.acme.example", default_role="viewer"
    )
    directory = Directory.unscoped.create(
        tenant=acme, name="Acme ships", uris="ldaps://ldap.acme.example", encryption="ldaps",
        user_base="ou=people,dc=acme,dc=example", group_roles={"image_builders": "builder"},
    )  # fmt: skip
    decision = Decision(Role.BUILDER, "image_builders")
    admit(
        source=directory,
        known=Known("1:d0", "Turanga Leela", "leela@acme.example", "leela"),
        decision=decision,
    )
    admit(
        source=provider,
        known=Known("p:1", "Amy Wong", "amy@acme.example", "amy"),
        decision=Decision(Role.VIEWER, ""),
    )
    for name, enforced in (("main of the shop", True), ("pull requests", False)):
        TrustPolicy.unscoped.create(
            tenant=acme, name=name, issuer="https://token.actions.githubusercontent.com",
            subject="repo:acme/shop:ref:refs/heads/main", audience="https://acme.localhost", is_enforced=enforced,
            actions=["pull", "push"], repositories="shop/*", claims={"repository_owner_id": "65"},
        )  # fmt: skip


def _available(globex: Tenant) -> None:
    """What globex may ask for: all but two; one is asked for, one was declined."""
    Image.objects.update(is_listed=True)
    tier = free.open_tier(actor="tests")
    for name in ("base", "nginx"):
        for tenant in (globex, tier):
            entitle(tenant=tenant, image=Image.objects.get(name=name))
    charlie, petra = User.objects.get(name="Charlie"), User.objects.get(name="Petra")
    requests.ask(tenant=globex, name="postgres", actor=charlie, reason="The shop's orders are kept in it.")
    declined = requests.ask(tenant=globex, name="openjdk-jre", actor=charlie)
    requests.decline(request=declined, actor=petra, answer="It is not part of your plan; node is.")


def _repositories(acme: Tenant, alice: User) -> None:
    """A repository that is pushed to, one that is empty; a tag that moved, and one that is pinned."""
    app = Repository.objects.create(tenant=acme, name="team/app", is_push_allowed=True, is_public=True)
    Repository.objects.create(tenant=acme, name="empty", is_push_allowed=True)
    for content in ("first", "second", "third"):
        manifest = world.pushed(app, content=content.encode())
        tags.move(repository=app, name="v1", manifest=manifest, actor="Alice (ci-runner)")
    tags.move(repository=app, name="v1.0", manifest=manifest, actor="Alice (ci-runner)", is_immutable=True)
    view = visibility.find(tenant=acme, name="python")
    assert view is not None
    first = history.moves(view, "3.13").last()
    assert first is not None
    assert first.manifest is not None
    reason = "The integration tests of the shop fail with the newer one; see OPS-1234."
    for name in ("3.13", "latest"):
        pins.pin(view=view, name=name, digest=first.manifest.digest, actor=alice, reason=reason)
    if view.grant is not None:
        pins.unpin(grant=view.grant, name="latest", actor=alice)


def _image(
    acme: Tenant, name: str, category: str, stream: str, summary: str, size: int, hours: int | None
) -> None:
    definition = definitions().get(name)
    image = offer(
        image=ImageOffer(
            name=name,
            title=name,
            summary=summary,
            description=definition.description if definition else "",
            category=category,
            homepage="https://example.com/",
            replaces=(f"docker.io/library/{name}",),
            streams=(StreamOffer(name=stream, spec=world.SPEC, aliases=("latest",), is_latest=True),),
        )
    )
    entitle(tenant=acme, image=image)
    if hours is None:
        Build.objects.create(
            stream=image.streams.get(), spec={}, lock={}, ordered_by="platform", state="building"
        )
        return
    for age, libc in ((hours + 400, "2.41-11"), (hours, "2.41-12")):
        release = world.released(
            image.streams.get(),
            lock=solve.solve(spec=spec_of(image.streams.get())).to_json(),
            content=layer({f"usr/bin/{name}": f"{name} {libc}".encode(), "etc/passwd": b"root"}, [name]),
            below=(
                layer({"usr/lib/libc.so.6": libc.encode() * 900}, ["libc6"]),
                layer({"etc/ssl/certs/ca.crt": b"certificates" * 500}, ["ca-certificates", "tzdata"]),
            ),
            config={
                "User": "65532",
                "Entrypoint": [f"/usr/bin/{name}"],
                "Env": [f"LIBC={libc}", "LANG=C.UTF-8"],
            },
        )
        _dress(release, size=size, hours=age, libc=libc)


def _dress(release: Release, *, size: int, hours: int, libc: str = "2.41-12") -> None:
    """Give a release its evidence, packages, what their changelogs say, and age."""
    for predicate, artifact in MARKS.items():
        if release.repository.name != "redis" or "slsa" not in predicate:
            document = json.dumps({"about": release.digest, "as": predicate}).encode()
            notes = {"in-toto.io/predicate-type": predicate}
            world.attach(release.repository, release.digest, document, artifact or predicate, notes)
    release.size = size * 1_000_000
    release.published_at = timezone.now() - timedelta(hours=hours)
    release.signing_key = "SHA256:4f1cY2hlY2tzIHRoYXQgbWF0dGVyIGFsd2F5czk5YWIy"
    release.save()
    TagEvent.objects.filter(manifest__digest=release.digest).update(at=release.published_at)
    held = []
    for name, version, licences in (
        ("libc6", libc, "LGPL-2.1+, GPL-2, BSD-3-clause, MIT, Zlib"),
        ("ca-certificates", "20250419", "MPL-2.0"),
        ("tzdata", "2026a-0", "public-domain"),
    ):
        package, _ = Package.objects.get_or_create(ecosystem="deb", name=name)
        of, _ = PackageVersion.objects.get_or_create(
            package=package,
            version=version,
            defaults={"key": version_key(version), "source": name, "licences": licences},
        )
        held.append(of)
        changelogs.keep({of.pk: FIXES.get(version)})
    contents.hold(release=release, versions=held)
    if release.stream is not None:
        shelf.note(release.stream.image)


def _charts() -> None:
    """Ours, of the images that are there, signed; nginx's in a second version, since its image has a newer release."""
    publish_charts()
    nginx = Image.objects.get(name="nginx").streams.get()
    newer = world.released(nginx, lock=solve.solve(spec=spec_of(nginx)).to_json(), content=b"nginx third")
    _dress(newer, size=11, hours=1)
    publish_charts()
    sign_charts()


def _golden(acme: Tenant) -> None:
    """acme-api, once succeeded, once failed and being built again; and one that never was built."""
    base = Image.objects.get(name="python").streams.get()
    recipe = Recipe.unscoped.create(tenant=acme, name="acme-api")
    watched = Recipe.unscoped.create(tenant=acme, name="watched")  # for a test that cancels its build
    Recipe.unscoped.create(tenant=acme, name="never-built")
    wanted = {"tag": "v1", "packages": ["curl"], "env": {"APP_MODE": "production"}}
    revision = RecipeRevision.objects.create(
        recipe=recipe, number=1, base=base, customisation=wanted, author="alice@example.com"
    )
    repository = Repository.objects.create(tenant=acme, name="acme-api")
    manifest = world.pushed(repository, content=b"golden", tag="v1")
    release = Release.objects.create(
        repository=repository, digest=manifest.digest, version="3.13.5", unique_tag="v1-202608221000",
        published_at=timezone.now(), size=28_900_000, spec=base.spec, platforms={}, tested="passed",
        test_summary={"passed": 8, "total": 8, "architectures": ["amd64"], "runner": "runc"}, signing_key="acme",
    )  # fmt: skip
    _dress(release, size=29, hours=1)
    lock = solve.solve(spec=spec_of(base)).to_json()
    _build(
        RecipeRevision.objects.create(recipe=watched, number=1, base=base, customisation=wanted, author="bob"),
        lock, Build.State.BUILDING, 3, "",
    )  # fmt: skip
    for state, done in ((Build.State.SUCCEEDED, 7), (Build.State.FAILED, 3), (Build.State.BUILDING, 3)):
        _build(revision, lock, state, done, release.digest if state == Build.State.SUCCEEDED else "")


def _build(revision: RecipeRevision, lock: dict[str, Any], state: str, done: int, digest: str) -> None:
    now = timezone.now()
    build = Build.objects.create(
        tenant=revision.recipe.tenant, revision=revision, spec={}, lock=lock, state=state, digest=digest,
        ordered_by="alice@example.com", worker="worker-1", attempt=1, started_at=now,
        lease_expires_at=now + timedelta(days=1),
    )  # fmt: skip
    if build.has_ended:
        build.ended_at = now + timedelta(seconds=6)
    if state == Build.State.FAILED:
        build.error_code, build.error = (
            "test-failed",
            "The image failed in the sandbox: it computes (ended with 1).",
        )
    build.save()
    states.ensure_steps(build)
    for position, name in enumerate(states.STEPS):
        if position < done:
            states.mark(build, name, BuildStep.State.DONE, "5 layers, 28917194 bytes")
        elif position == done:
            outcome = BuildStep.State.FAILED if state == Build.State.FAILED else BuildStep.State.RUNNING
            states.mark(build, name, outcome)
    BuildLogLine.objects.bulk_create(
        BuildLogLine(build=build, number=number, at=now, step=step, text=text)
        for number, (step, text) in enumerate(LOG, start=1)
    )
