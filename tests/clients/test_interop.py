"""What works with real clients: each cell of docs/clients.md, a test. `make interop` runs them all and writes the page."""

from __future__ import annotations

import pytest

from tests.clients.cells import CELLS, Cell
from tests.clients.shop import Client

#: Clients that only `make interop` builds are tried where they are; all others must be there in CI.
TRIED = [one for one in CELLS if not one.program.is_extra or one.program.is_here]


@pytest.mark.parametrize("cell", TRIED, ids=str)
def test_a_client_works(cell: Cell, request, tmp_path):
    shop = request.getfixturevalue("secure_shop" if cell.is_secure else "shop")
    cell.run(Client(tmp_path, shop), shop)
