"""Which two releases are compared where nobody names one."""

from __future__ import annotations

from datetime import UTC, datetime

from catalog.models import Release
from catalog.pages import choosing
from registry import visibility
from registry.models import Repository
from tenants.models import Tenant
from tests.catalog import world


def test_of_a_golden_image_the_newest_and_the_one_before_it_are_compared(acme: Tenant) -> None:
    """Its releases are of no stream, and so are those of every other golden image."""
    for name in ("shop", "other"):
        repository = Repository.objects.create(tenant=acme, name=name)
        for number in range(3):
            Release.objects.create(
                repository=repository, digest=world.pushed(repository, content=b"%d" % number).digest,
                unique_tag=f"{name}-{number}", published_at=datetime(2026, 8, 22, 10, number, tzinfo=UTC),
                size=1, tested="passed",
            )  # fmt: skip
    view = visibility.find(tenant=acme, name="shop")
    assert view is not None
    before, after = choosing.pair(view, "", "")
    assert (str(before), str(after)) == ("shop-1", "shop-2")


def test_of_an_image_it_is_the_one_before_of_the_same_stream(acme: Tenant) -> None:
    image = world.image("tools")
    other = image.streams.create(name="3.12")
    first, _, newest = (
        world.released(stream, content=content)
        for stream, content in (
            (image.streams.get(name="3.13"), b"1"),
            (other, b"2"),
            (image.streams.get(name="3.13"), b"3"),
        )
    )
    view = visibility.find(tenant=acme, name="tools")
    assert view is not None
    assert choosing.pair(view, "", "") == (first, newest)
