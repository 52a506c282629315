"""Walk every address and say in the last line what was found: `make isolation`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from registry.door import dispatch
from tenants.roles import Role
from tests.isolation import visit
from tests.isolation.routes import PLATFORM, TENANT, routes

#: Anonymous, stranger, platform admin, each role of the tenant and each of a foreign one.
WHO = 3 + 2 * len(Role)


def main() -> int:
    status = pytest.main(["-q", "-p", "no:xdist", "-p", "no:cacheprovider", str(Path(__file__).parent)])
    walked = sum(len(routes(urlconf)) for urlconf in (TENANT, PLATFORM)) + len(dispatch._ROUTES)
    counts = visit.COUNTS
    found = f"{counts['requests']} requests, {counts['leaks']} leaks"
    print(f"isolation: {walked} routes × {WHO} roles: {found}")  # noqa: RUF001 - the house's line
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
