"""Licences of packages in a bill of materials: SPDX expressions stay whole, other names are mapped or said."""

from __future__ import annotations

import pytest

from builds.attest.licences import licence_of


@pytest.mark.parametrize(
    ("names", "expression"),
    [(["Apache-2.0 OR MIT"], "(Apache-2.0 OR MIT)"),
     (["GPL-2.0-or-later WITH GCC-exception-3.1"], "(GPL-2.0-or-later WITH GCC-exception-3.1)"),
     (["GPL-2+ and Expat"], "MIT AND GPL-2.0-or-later"), (["MIT"], "MIT"), ([], "NOASSERTION"),
     (["Apache-2.0 OR nobody-knows"], "Apache-2.0 AND LicenseRef-Debian-nobody-knows")],
)  # fmt: skip
def test_a_licence_is_an_expression(names: list[str], expression: str) -> None:
    assert licence_of(names).expression == expression
