"""How long it takes to decide a pull where 2,000 tenants hold 2,000 grants each; and how long to start there.

    python -m bench.authorise [--tenants N] [--grants N] [--pulls N]

Runs with a database of its own (the environment says which), without any memory: every pull asks the database
anew. One pull is a whole HEAD of a manifest by tag with a registry token: host, token, role, grant, rule, tag.
Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from datetime import timedelta

from bench.report import share

MANIFESTS = 100_000


def main() -> None:
    import django

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tenants", type=int, default=2000)
    parser.add_argument("--grants", type=int, default=2000)
    parser.add_argument("--pulls", type=int, default=2000)
    told = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tenants.models import Tenant
    from tenants.scope import platform_wide

    began = time.monotonic()
    with platform_wide():
        if not Tenant.objects.exists():
            build(told.tenants, told.grants)
        wires = prepare(told.tenants, told.pulls)
    built = time.monotonic() - began
    found = {**measure(wires), "grants": told.tenants * told.grants}
    print(json.dumps({**found, "built_s": round(built)}))


def build(tenants: int, grants: int) -> None:
    """Rows as onboarding, publishing and entitling write them, in bulk."""
    from django.db import connection, transaction

    with transaction.atomic():
        _people(tenants)
        _images(grants)
    with connection.cursor() as cursor:
        _grant_each_to_each(cursor, is_sqlite=connection.vendor == "sqlite")


def _people(tenants: int) -> None:
    """Tenants with a host, a member and an access token each."""
    from django.utils import timezone

    from tenants.models import AccessToken, Hostname, Membership, Tenant, User

    now = timezone.now()
    people = User.objects.bulk_create(
        [User(login=f"p{n}", email=f"p{n}@example.com") for n in range(tenants)]
    )
    houses = Tenant.objects.bulk_create([Tenant(slug=f"t{n}", name=f"T{n}") for n in range(tenants)])
    Hostname.objects.bulk_create(
        [Hostname(tenant=one, name=f"{one.slug}.example", verified_at=now) for one in houses]
    )
    pairs = list(zip(people, houses, strict=True))
    Membership.objects.bulk_create([Membership(user=who, tenant=one, role="viewer") for who, one in pairs])
    ends = now + timedelta(days=30)
    tokens = [
        AccessToken(
            tenant=one, user=who, name="ci", sha256=f"{one.pk:064}", actions=["pull"], expires_at=ends
        )
        for who, one in pairs
    ]
    AccessToken.unscoped.bulk_create(tokens)


def _images(count: int) -> None:
    """Repositories of the platform with all manifests spread over them, and a tag each."""
    from registry.models import Manifest, Repository, RepositoryManifest, Tag

    images = Repository.objects.bulk_create([Repository(name=f"platform-{n}") for n in range(count)])
    kept = Manifest.objects.bulk_create([_manifest(n) for n in range(MANIFESTS)], batch_size=5000)
    RepositoryManifest.objects.bulk_create(
        [RepositoryManifest(repository=images[n % count], manifest=one) for n, one in enumerate(kept)],
        batch_size=5000,
    )
    Tag.objects.bulk_create([Tag(repository=one, name="1", manifest=kept[n]) for n, one in enumerate(images)])


def _grant_each_to_each(cursor, *, is_sqlite: bool) -> None:
    from django.utils import timezone

    if is_sqlite:
        cursor.execute("PRAGMA cache_size=-1000000")
    cursor.execute(
        "INSERT INTO registry_grant (tenant_id, repository_id, name, tag_patterns, streams, is_latest_only,"
        " is_on_hold, created_at) SELECT t.id, r.id, 'image-' || r.id, '[\"*\"]', '[]', %s, %s, %s"
        " FROM tenants_tenant t CROSS JOIN registry_repository r ORDER BY t.id, r.id",
        [False, False, timezone.now()],
    )
    cursor.execute("PRAGMA optimize" if is_sqlite else "ANALYZE")


def _manifest(number: int):
    from registry.models import Manifest

    return Manifest(digest=f"sha256:{number:064x}", media_type="application/vnd.oci.image.manifest.v1+json",
                    content=b'{"schemaVersion":2}', size=19)  # fmt: skip


def prepare(tenants: int, pulls: int) -> list:
    """Clients with a registry token each, and what they ask for."""
    from registry import bearer
    from registry.models import Repository
    from registry.scopes import Scope
    from tenants.models import AccessToken
    from tests.registry.wire import Wire

    keys = dict(AccessToken.unscoped.values_list("tenant__slug", "pk"))
    images = list(Repository.objects.values_list("pk", flat=True))
    chance = random.Random(7)
    wires = []
    for _ in range(pulls):
        slug, name = f"t{chance.randrange(tenants)}", f"image-{chance.choice(images)}"
        scope = Scope("repository", name, frozenset({"pull"}))
        text, _, _ = bearer.issue(subject=f"token:{keys[slug]}", host=f"{slug}.example", access=[scope])
        wires.append((Wire(f"{slug}.example", f"Bearer {text}"), f"/v2/{name}/manifests/1"))
    return wires


def measure(wires: list) -> dict[str, float]:
    from django.db import connection

    import portal.wsgi  # noqa: F401 - starts what a web process has
    from registry import memory

    memory.stop()  # it is on by now
    _pull(*wires[0])
    asked: list[str] = []
    with connection.execute_wrapper(lambda run, sql, *rest: asked.append(sql) or run(sql, *rest)):
        _pull(*wires[0])
    times, worked = zip(*(_pull(*one) for one in wires), strict=True)
    return {
        "p50_ms": share(times, 0.5),
        "p99_ms": share(times, 0.99),
        "cpu_p99_ms": share(worked, 0.99),
        "queries": len(asked),
    }


def _pull(wire, path: str) -> tuple[float, float]:
    """Seconds by the clock, and of this process's work: what it would take on a machine that does nothing else."""
    began, worked = time.perf_counter(), time.process_time()
    answer = wire("HEAD", path)
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status} {answer.content!r}")
    return time.perf_counter() - began, time.process_time() - worked


if __name__ == "__main__":
    main()
