"""Walk every address and say in the last line what was found: `make isolation`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


def main() -> int:
    status = pytest.main(["-q", "-p", "no:xdist", "-p", "no:cacheprovider", str(Path(__file__).parent)])
    print(_found())
    return int(status)


def _found() -> str:
    # Django is set up by the run above, not before.
    from registry.door import dispatch
    from tenants.roles import Role
    from tests.isolation.routes import PLATFORM, TENANT, routes
    from tests.isolation.visit import COUNTS

    walked = sum(len(routes(urlconf)) for urlconf in (TENANT, PLATFORM)) + len(dispatch._ROUTES)
    # Anonymous, stranger, platform admin, each role of the tenant and each of a foreign one.
    who = 3 + 2 * len(Role)
    asked = f"{COUNTS['requests']} requests, {COUNTS['leaks']} leaks"
    return f"isolation: {walked} routes × {who} roles: {asked}"  # noqa: RUF001 - the house's own line


if __name__ == "__main__":
    sys.exit(main())
