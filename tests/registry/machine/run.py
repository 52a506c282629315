"""Run the state machine for a number of steps, on a database of its own.

    python -m tests.registry.machine.run [--steps N] [--postgres]

The last line says how far it came; a step that breaks the model ends it with the shortest way there.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.servers.databases import postgres

#: Steps of one machine before the next begins anew.
LENGTH = 50


def run(world: object, *, steps: int) -> int:
    """At least so many steps, by machines of LENGTH; gives how many. Raises what a broken promise raises."""
    from tests.registry.machine.machine import machine_for

    is_short = steps < 1000  # the same steps each time, and no search for the shortest way to a failure
    machine = machine_for(world)  # type: ignore[arg-type]
    while machine.steps < steps:
        wanted = max(1, (steps - machine.steps) // LENGTH)
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=wanted,
                stateful_step_count=LENGTH,
                deadline=None,
                database=None,
                derandomize=is_short,
                phases=[Phase.generate] if is_short else [Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )
    return machine.steps


def _world() -> object:
    from django.core.management import call_command

    from tenants import tokens
    from tenants.onboarding import create_tenant
    from tenants.roles import Role
    from tests.people import person
    from tests.registry.machine.machine import World
    from tests.registry.wire import Wire

    call_command("migrate", verbosity=0)
    tenants, wires = {}, {}
    for slug in ("acme", "globex"):
        tenant = create_tenant(slug=slug, name=slug.title(), actor="tests")
        owner = person(f"owner-{slug}", tenant, Role.OWNER)
        secret = tokens.issue(user=owner, tenant=tenant, name="ci", actions=["pull", "push"])[1]
        tenants[slug], wires[slug] = tenant, Wire(f"{slug}.localhost").as_token(secret)
    return World(tenants, wires)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL of its own instead of SQLite")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("state machine: stopped"))  # its server ends with it
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="assay-machine-")))
        database = f"sqlite:///{place / 'assay.sqlite3'}"
        if asked.postgres:
            database = stack.enter_context(postgres())
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ASSAY_VAR": str(place),
            "ASSAY_STORAGE": str(place / "storage"),
            "DATABASE_URL": database,
        }
        import django

        django.setup()
        from django.core.signals import request_finished, request_started
        from django.db import close_old_connections, connection

        # All requests share one transaction, which each machine rolls back.
        for moment in (request_started, request_finished):
            moment.disconnect(close_old_connections)
        from tenants.scope import platform_wide

        with platform_wide():
            done = run(_world(), steps=asked.steps)
        vendor = connection.vendor
        connection.close()
    print(f"state machine: {done} steps on {vendor}, 0 lost, 0 leaked")
    return 0


if __name__ == "__main__":
    sys.exit(main())
