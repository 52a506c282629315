"""Whatever stands in an address, a page answers: what cannot be found is not there."""

from __future__ import annotations

import pytest

from tests.catalog import world

ODD = (
    "%00", "a%00b", "%FF", "%ED%A0%80", "%E2%80%AE%D8%B9%D8%B1", "%F0%9F%98%80", "%EF%BF%BF", "%25", "_", "%27", "%22",
    "%5C", "%0a", "(*", "[", "a" * 5000, "9" * 5000, "-1", "0", "1e9", "DOCKER.IO/Library/PYTHON:3.12",
    f"docker.io/library/python@sha256:{'a' * 64}", f"sha256:{'a' * 64}", "localhost:5000/python:3",
)  # fmt: skip
QUESTIONS = (
    *(f"/images/?{name}=" for name in ("q", "category", "arch", "life", "page", "sort", "view", "access")),
    *("/packages/?package=", "/packages/?below=", "/packages/?package=libc6&below=", "/packages/?page="),
    *(f"/images/python/?{name}=" for name in ("release", "tab", "tab=tags&page")),
    *(f"/images/python/?tab=compare&{name}=" for name in "ab"),
    *("/images/python/?tab=vulnerabilities&page=", "/images/python/?tab=vulnerabilities&release="),
)
PLACES = (
    "/images/{}/", "/images/python/evidence/sbom/{}", "/images/python/evidence/{}/x", "/available/{}/",
    "/repositories/{}/", "/repositories/python/tags/{}/", "/repositories/{}/tags/latest/",
)  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:20])
def test_an_odd_question_is_answered(visit, alice, acme, odd: str) -> None:
    world.released(world.image().streams.get())
    for path in (*(f"{question}{odd}" for question in QUESTIONS), *(place.format(odd) for place in PLACES)):
        assert visit(alice, path).status_code in (200, 301, 302, 400, 404, 422), path
