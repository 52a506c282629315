"""Layer plans: images share layers, no image has too many, and published versions stay what they were."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from builds.engine.formats import format_of
from builds.engine.plan import Plan, load_plan, next_name, plan_of, plan_text, plans
from builds.engine.plan_bytes import by_origin, by_plan, layers_of_images, optimum, report, stored
from builds.engine.planning import MOST_OF_AN_IMAGE, Images, Used, make_plan
from builds.engine.recipes import load_book
from builds.engine.resolve import resolve
from builds.engine.spec import Spec
from builds.engine.usage import usage_of
from builds.starter.definitions import definitions
from tests.builds.engine.debs import Deb, put
from tests.builds.engine.kitchen import Kitchen
from tests.builds.engine.real import snapshot


def used(name: str, size: int = 100, *, version: str = "1", source: str = "") -> Used:
    return Used(name, version, source or name, size)


LIBC, SSL, A, B = used("libc", 1000), used("libssl", 500), used("a", 70), used("b", 50)


def test_what_the_same_images_use_is_one_group_and_what_one_uses_is_none() -> None:
    plan = make_plan({"one": [LIBC, A], "two": [B, LIBC, SSL], "three": [LIBC, B, SSL]})
    assert plan.groups == (("all", ("libc",)), ("libssl", ("b", "libssl")))
    assert plan.layers(["libc", "a"]) == [("all", ["libc"]), ("rest", ["a"])]


def test_what_changes_often_lies_apart() -> None:
    fixed = used("zlib", version="1.3+deb13u3")
    assert fixed.changes_often
    assert not used("x", version="1.3+deb13u2").changes_often
    plan = make_plan({"one": [LIBC, fixed], "two": [LIBC, fixed]})
    assert [packages for _, packages in plan.groups] == [("libc",), ("zlib",)]


def test_without_limits_no_byte_is_kept_twice() -> None:
    images = {"one": [LIBC, SSL, A], "two": [LIBC, SSL, B], "three": [LIBC, A, B]}
    plan = make_plan(images)
    assert stored(images, by_plan(plan)) == optimum(images) == 1620
    assert len(plan.groups) == 4


def test_a_limit_costs_the_fewest_bytes_and_is_kept() -> None:
    images = {"one": [LIBC, SSL, A, B], "two": [LIBC, A], "three": [LIBC, B], "four": [LIBC, SSL]}
    plan = make_plan(images, of_an_image=2)
    groups = {name for name, _ in plan.groups}
    assert max(layers_of_images(images, by_plan(plan))) <= 3, "two of the plan, and the rest"
    assert "all" in groups
    assert stored(images, by_plan(plan)) == optimum(images) + 120, (
        "the small ones are kept twice, not the large"
    )


def test_there_are_never_more_groups_than_allowed() -> None:
    images = {f"{n}{m}": [LIBC, used(f"p{n}"), used(f"q{m}")] for n in range(4) for m in range(4)}
    assert len(make_plan(images).groups) == 9
    assert len(make_plan(images, in_all=3).groups) <= 3


def test_the_order_of_images_does_not_matter() -> None:
    images = {"one": [LIBC, SSL, A], "two": [SSL, LIBC], "three": [A, LIBC]}
    backwards = {name: packages[::-1] for name, packages in reversed(images.items())}
    assert make_plan(images) == make_plan(backwards)


def test_apkos_rule_keeps_an_images_largest_sources_apart() -> None:
    images = {"one": [LIBC, used("libc-bin", 10, source="libc"), A, B], "two": [LIBC, A]}
    assert layers_of_images(images, by_origin(1)) == [2, 2]
    assert stored(images, by_origin(1)) == 1010 + 120 + 1000 + 70
    assert report(images, make_plan(images), budget=1)["plan_over_optimum"] == 0


def test_the_committed_plan_names_reviewed_packages_once() -> None:
    names = [name for _, packages in load_plan("trixie").groups for name in packages]
    assert len(names) == len(set(names)) > 100
    assert [name for name in names if not load_book().is_reviewed(name)] == []
    assert len(load_plan("trixie").groups) <= 97


def test_a_new_plan_is_a_new_version_and_the_old_one_is_found_by_its_digest(tmp_path: Path) -> None:
    assert next_name("trixie", tmp_path) == "trixie-1"
    assert load_plan("trixie", tmp_path) == Plan(())
    first, second = plans("trixie")[-1], load_plan("trixie")
    assert (first.name, second.name) == ("trixie-1", plans("trixie")[0].name)
    assert first.digest != second.digest
    assert plan_of("trixie", first.digest) == first
    assert plan_of("trixie", "sha256:unknown") == second
    (tmp_path / "trixie-10.yaml").write_text(plan_text(second))
    plans.cache_clear()
    load_plan.cache_clear()
    assert next_name("trixie", tmp_path) == "trixie-11"


PUBLISHED = {
    "trixie-1": "sha256:d1a32237442e3852a172ce41181b4c3e6249cdb184c5dfd8d546f6a6d8813ceb",
    "trixie-2": "sha256:f7189480c52614431a5dc46b3fbe4dccf77675d52182f929d6298a7292769555",
    "trixie-3": "sha256:c62f5de3ecc6c5add2f87bcf2dfceeeb76bc85be5650472052006262beb35a50",
}


def test_plans_that_published_images_name_have_not_changed() -> None:
    assert PUBLISHED.items() <= {plan.name: plan.digest for plan in plans("trixie")}.items()


def test_what_is_counted_is_what_layers_really_take(kitchen: Kitchen) -> None:
    debs = {name: Deb(name, files={f"./usr/lib/{name}/{n}": name * n for n in range(9)}) for name in "abcd"}
    locked = {name: put(deb, kitchen.cache) for name, deb in debs.items()}
    kitchen.plan = Plan((("one", ("a", "b")), ("two", ("c",))))
    images = {"x": "abd", "y": "abc", "z": "ab"}
    usage = usage_of(
        {title: [locked[name] for name in names] for title, names in images.items()},
        store=kitchen.store, book=kitchen.book, folder=kitchen.cache, form=format_of("deb"),
    )  # fmt: skip
    really = {
        layer.descriptor.digest: layer.descriptor.size
        for names in images.values()
        for layer in kitchen.build(Spec(suite="trixie"), *(debs[name] for name in names)).platforms[0].layers
        if layer.kind == "packages"
    }
    counted = report(usage.images, kitchen.plan, budget=1, weigh=usage.weigh)
    assert len(really) == 3
    assert counted["plan_bytes"] == sum(really.values()) > counted["optimum_bytes"]


@lru_cache(maxsize=1)
def catalogue() -> Images:
    """All starter images, by the sizes of packages' files, which the index knows."""
    book = load_book()
    return {
        f"{image.name}:{stream.name}": tuple(
            Used(package.name, package.version, package.source, package.size)
            for package in resolve(
                snapshot(), architecture="amd64", packages=stream.spec["packages"], elide=book.elisions,
                need=book.needs,
            )
        )
        for image in definitions().values()
        for stream in image.streams
        if stream.spec["suite"] == "trixie"
    }  # fmt: skip


def test_the_newest_plan_keeps_little_more_of_the_real_catalogue_than_each_package_once() -> None:
    """Within 2 % as layers hold packages (the bench's count); files as downloaded are smaller, so a little more."""
    newest, before = plans("trixie")[:2]
    found = report(catalogue(), newest, budget=MOST_OF_AN_IMAGE)
    assert found["plan_over_optimum"] < 0.03
    assert found["plan_over_optimum"] < found["origin_over_optimum"] / 5
    assert found["plan_bytes"] < report(catalogue(), before, budget=MOST_OF_AN_IMAGE)["plan_bytes"]
    assert found["most_layers"] <= 2 * MOST_OF_AN_IMAGE


@pytest.mark.parametrize("text", ["groups: []", "groups: [{name: a, packages: [b]}]"])
def test_a_plan_is_read_as_it_was_written(tmp_path: Path, text: str) -> None:
    (tmp_path / "x-1.yaml").write_text(text)
    plan = load_plan("x", tmp_path)
    (tmp_path / "x-2.yaml").write_text(plan_text(plan))
    plans.cache_clear()
    load_plan.cache_clear()
    assert load_plan("x", tmp_path).groups == plan.groups
