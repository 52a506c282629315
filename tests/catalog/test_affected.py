"""Which images contain a package below a version."""

from __future__ import annotations

import pytest

from builds.engine.formats import format_of
from catalog import affected, contents
from catalog.models import Package, PackageVersion, Release
from catalog.offer import entitle
from registry import grants
from registry.models import Repository
from tests.catalog import world


def version(name: str, number: str, ecosystem: str = "deb") -> PackageVersion:
    package, _ = Package.objects.get_or_create(ecosystem=ecosystem, name=name)
    key = format_of(ecosystem).version_key(number)
    found, _ = PackageVersion.objects.get_or_create(package=package, version=number, defaults={"key": key})
    return found


def released(name: str, *numbers: str) -> Release:
    image = world.image(name, is_free=False, stream="1")
    for position, number in enumerate(numbers):
        release = world.released(image.streams.get(), content=f"{name} {position}".encode())
        contents.hold(release=release, versions=[version("libc6", number)])
    return release


@pytest.fixture
def shop(acme):
    """Of libc6: nginx has 2.9, redis 2.10 after 2.9, node 2.10~rc1; globex alone has java with 2.9."""
    for name, numbers in {"nginx": ["2.9"], "redis": ["2.9", "2.10"], "node": ["2.10~rc1"]}.items():
        entitle(tenant=acme, image=released(name, *numbers).stream.image)
    return acme


def holding(tenant, below: str = "", **more) -> dict[str, list[tuple[str, str, bool]]]:
    found = affected.holders(tenant=tenant, name="libc6", below=below, order_of=format_of, **more)
    return {one.name: [(line.tag, line.version, line.is_newest) for line in one.lines] for one in found}


def test_versions_are_ordered_as_debian_orders_them(shop):
    assert set(holding(shop)) == {"nginx", "redis", "node"}
    assert set(holding(shop, "2.10")) == {"nginx", "node"}
    assert set(holding(shop, "2.10~rc1")) == {"nginx"}
    assert holding(shop, "2.9") == {}
    assert set(holding(shop, "1:0")) == {"nginx", "redis", "node"}


def test_older_releases_count_when_they_are_asked_for(shop):
    assert holding(shop, "2.10", has_older=True) == {
        "nginx": [("1", "2.9", True)],
        "node": [("1", "2.10~rc1", True)],
        "redis": [("1", "2.9", False)],
    }


def test_images_of_other_tenants_are_not_told_of(shop, globex):
    entitle(tenant=globex, image=released("java", "2.8").stream.image)
    assert "java" not in holding(shop)
    assert set(holding(globex)) == {"java"}


def test_streams_that_the_grant_does_not_show_are_left_out(shop):
    repository = Repository.objects.get(name="nginx")
    grants.grant(tenant=shop, repository=repository, name="nginx", streams=["2"])
    assert "nginx" not in holding(shop)


def test_where_only_the_latest_is_shown_older_releases_are_not_told_of(shop):
    repository = Repository.objects.get(name="redis")
    grants.grant(tenant=shop, repository=repository, name="redis", is_latest_only=True)
    assert holding(shop)["redis"] == [("1", "2.10", True)]
    assert "redis" not in holding(shop, "2.10", has_older=True)


def test_ones_own_golden_images_count(shop, globex):
    repository = Repository.objects.create(tenant=shop, name="shop-api")
    release = Release.objects.create(
        repository=repository, digest=f"sha256:{'1' * 64}", unique_tag="v1-1", size=1, tested="passed",
        published_at="2026-08-22T10:00Z", signing_key="acme",
    )  # fmt: skip
    contents.hold(release=release, versions=[version("libc6", "2.8")])
    assert holding(shop, "2.9") == {"shop-api": [("", "2.8", True)]}
    assert holding(globex, "2.9") == {}


def test_a_name_in_two_formats_is_compared_in_each_that_knows_the_version(shop):
    version("libc6", "2.41-r0", "apk")
    assert set(holding(shop, "2.10-1")) == {"nginx", "redis", "node"}


@pytest.mark.parametrize("text", ["2.9 or so", "<b>"])
def test_what_is_no_version_is_refused(shop, text):
    with pytest.raises(affected.NoVersion):
        holding(shop, text)


def test_a_package_that_nobody_knows_is_held_by_none(shop):
    assert list(affected.holders(tenant=shop, name="nothing", below="1", order_of=format_of)) == []
    assert list(affected.suggested(tenant=shop, name="libc")) == ["libc6"]


def test_packages_of_others_are_not_suggested(shop, globex):
    repository = Repository.objects.create(tenant=globex, name="secret")
    release = Release.objects.create(
        repository=repository, digest=f"sha256:{'2' * 64}", unique_tag="v1-1", size=1, tested="passed",
        published_at="2026-08-22T10:00Z", signing_key="globex",
    )  # fmt: skip
    contents.hold(release=release, versions=[version("libglobex", "1")])
    assert list(affected.suggested(tenant=shop, name="lib")) == ["libc6"]
    assert list(affected.suggested(tenant=globex, name="lib")) == ["libglobex"]


def test_more_images_cost_no_more_queries(shop, django_assert_num_queries):
    for number in range(5):
        entitle(tenant=shop, image=released(f"image-{number}", "2.9").stream.image)
    with django_assert_num_queries(6):
        holding(shop, "2.10", has_older=True)
