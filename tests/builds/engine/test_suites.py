"""A stream may be of another Debian release: its own index, its own reviews, its own name in the image."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builds.engine.recipes import RecipeBook, UnreviewedPackageError, load_book
from builds.engine.recipes.scripts import residue_digest
from builds.engine.sandbox import RuncRunner, TestSpec
from builds.engine.spec import Spec
from builds.engine.spec.values import BaseImage
from builds.engine.store import Store
from builds.engine.survey.judging import usable
from builds.starter.definitions import definitions
from tests.builds.engine.kitchen import merged
from tests.builds.engine.real import built, fetched_lock
from tests.builds.engine.reproduce import twice

pytestmark = [pytest.mark.network, pytest.mark.xdist_group("real")]


def test_a_bookworm_stream_is_built_tested_and_built_upon(store: Store) -> None:
    newest, older = definitions()["curl"].streams
    assert (newest.spec["suite"], older.spec["suite"]) == ("trixie", "bookworm")
    spec, tests = Spec.from_json(older.spec), TestSpec.from_json(older.tests)
    lock = fetched_lock(spec)
    image = built(spec, store, lock).platforms[0]
    report = RuncRunner().run(store=store, image=image, spec=tests)
    assert report.passed, [(check.name, check.evidence) for check in report.checks if not check.passed]
    assert b'VERSION_ID="12"' in merged(store, image)["usr/lib/os-release"][1]
    assert all("+deb13" not in package.version for package in lock.packages["amd64"])
    base = BaseImage("acme/curl:7.88", {"amd64": image.manifest.digest}, spec, lock)
    wish = Spec(suite="bookworm", packages=("jq",), base=base)
    golden = built(wish, store, fetched_lock(wish)).platforms[0]
    added = {"commands": [{"name": "jq", "args": ["/usr/bin/jq", "-n", "6 * 7"], "stdout": "^42$"}]}
    kept = replace(tests, commands=tests.commands + TestSpec.from_json(added).commands)
    assert RuncRunner().run(store=store, image=golden, spec=kept).passed


def test_a_bookworm_stream_comes_out_the_same_on_another_worker(store: Store) -> None:
    made = twice(definitions()["curl"].streams[1], store.root)
    assert made.first == made.second, made.differences


def test_a_package_is_reviewed_for_a_suite_and_refused_there_by_name() -> None:
    book = load_book()
    assert book.is_reviewed("libssl3", "bookworm")
    assert not book.is_reviewed("libssl3", "trixie"), "there is none in trixie"
    assert book.is_reviewed("nginx")
    assert not book.is_reviewed("python3.11", "bookworm")
    with pytest.raises(UnreviewedPackageError, match="nobody has reviewed"):
        fetched_lock(Spec(suite="bookworm", packages=("systemd",)))


def test_the_survey_lists_what_may_be_used_in_a_suite() -> None:
    read = b"#!/bin/sh\nuseradd a\n"
    book = RecipeBook({}, frozenset(), frozenset([residue_digest(read, "a")]))
    scripts = {"a": {"postinst": read}, "b": {"postinst": b"#!/bin/sh\nuseradd b\n"}, "c": {}}
    assert usable(scripts, book) == ["a", "c"]
