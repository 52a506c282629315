"""5,000 tenants with 100,000 members, and what is asked of them in a process of the portal: for `bench.identity`."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

#: How many of each are asked.
ASKED = 1000
#: Sign-ins through the directory, each beside a bare bind.
SIGN_INS = 60


def fill() -> list[list[str]]:
    """Rows as onboarding and sign-in write them, in bulk; gives [host, access token] of some tenants by chance."""
    from django.db import connection, transaction

    from tenants import tokens

    count, each = int(os.environ["BENCH_TENANTS"]), int(os.environ["BENCH_MEMBERS"])
    with transaction.atomic():
        houses = _tenants(count)
        people = _members(houses, each)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "postgresql" else "PRAGMA optimize")
    chosen = random.Random(7).sample(range(count), min(ASKED, count))
    issued = (
        tokens.issue(user=people[n], tenant=houses[n], name="ci", actions=["pull"], days=1)[1] for n in chosen
    )
    return [[f"t{n}.example", secret] for n, secret in zip(chosen, issued, strict=True)]


def _tenants(count: int) -> list:
    """Each with a host."""
    from django.utils import timezone

    from tenants.models import Hostname, Tenant

    now = timezone.now()
    houses = Tenant.objects.bulk_create([Tenant(slug=f"t{n}", name=f"T{n}") for n in range(count)])
    Hostname.objects.bulk_create(
        [Hostname(tenant=one, name=f"{one.slug}.example", is_primary=True, verified_at=now) for one in houses]
    )
    return houses


def _members(houses: list, each: int) -> list:
    """`each` people of every tenant; the first of all are the owners, in the order of their tenants."""
    from tenants.models import Membership, User

    names = [f"p{n}@example.com" for n in range(len(houses) * each)]
    people = User.objects.bulk_create(
        [User(login=name, email=name, password="!") for name in names], batch_size=5000
    )
    roles = ("owner", "admin", "builder", "builder", "viewer", "viewer", "viewer", "auditor")
    Membership.objects.bulk_create(
        [
            Membership(user=who, tenant=houses[n % len(houses)], role=roles[n // len(houses) % 8])
            for n, who in enumerate(people)
        ],
        batch_size=5000,
    )
    return people


def ask() -> dict[str, list[list[float]]]:
    """[seconds, of processor time] that finding a tenant by its host takes, and what a member may; each another."""
    from tenants.access import may
    from tenants.addresses import tenant_of_host
    from tenants.models import Membership
    from tenants.roles import Permission
    from tenants.scope import acting_for

    chance, count = random.Random(11), int(os.environ["BENCH_TENANTS"])
    hosts = [f"t{chance.randrange(count)}.example:443" for _ in range(ASKED)]
    keys = list(Membership.objects.values_list("pk", flat=True))
    some = Membership.objects.filter(pk__in=chance.sample(keys, ASKED)).select_related("user", "tenant")
    found = {
        "tenant_lookup": [_timed(lambda host=host: tenant_of_host(host)) for host in hosts],
        "permission": [],
    }
    for one in some:
        with acting_for(one.tenant):
            found["permission"].append(
                _timed(lambda one=one: may(one.user, one.tenant, Permission.IMAGE_VIEW))
            )
    return found


def sign_in_by_directory() -> list[list[float]]:
    """[a whole sign-in, a bare bind] in seconds, in turns, with a real slapd over StartTLS.

    The bare bind connects, encrypts and binds as the person. A sign-in connects and encrypts as well, binds to
    search, finds the person, binds as them, binds again, reads their groups, and writes person and role here.
    """
    from tenants.directory.admit import sign_in
    from tenants.directory.connection import opened
    from tenants.directory.slapd import Slapd
    from tenants.directory.throwaway import certificates
    from tenants.models import Tenant
    from tests.servers.crew import BASE, CREW, write_tree
    from tests.servers.slapd import ADMIN, ADMIN_PASSWORD, PEOPLE, directory_of

    def bare(login: str) -> None:
        with opened(directory) as server:
            server.simple_bind_s(f"cn={CREW[login][0]},{PEOPLE}", login)

    with tempfile.TemporaryDirectory(prefix="assay-bench-slapd-") as name:
        place = Path(name)
        tree, tls = write_tree(place / "crew.ldif"), certificates(place / "tls")
        with Slapd(
            place=place, tree=tree, base=BASE, root_dn=ADMIN, root_password=ADMIN_PASSWORD, tls=tls
        ) as slapd:
            directory = directory_of(Tenant.objects.get(slug="t0"), slapd)
            pairs = []
            for turn in range(SIGN_INS + 5):
                login = ("fry", "leela", "bender", "hermes", "professor")[turn % 5]
                whole = _timed(lambda login=login: sign_in(directory=directory, login=login, password=login))
                pairs.append([whole[0], _timed(lambda login=login: bare(login))[0]])
    return pairs[5:]  # the first of each person writes a row that is new


def _timed(act: Callable[[], object]) -> list[float]:
    """Seconds by the clock, and of this process's work."""
    began, worked = time.perf_counter(), time.process_time()
    if act() is False:
        raise SystemExit("bench: somebody may not what they should")
    return [time.perf_counter() - began, time.process_time() - worked]
