"""Other images written into values: exactly those, and nothing else; also in the values of 39 well-known charts."""

from __future__ import annotations

import io
import tarfile

import pytest
import yaml

from catalog.charts import foreign, relocate
from catalog.charts.locking import How, Locked
from catalog.charts.places import places_in, upstream_names
from tests.shared import shared

HOST, DIGEST = "images.acme.example", f"sha256:{'a' * 64}"


def changes(text: str) -> dict:
    places = places_in(foreign.read(text, "values.yaml"))
    found = [Locked(place, How.NEWEST, "team/ours", "1.2", DIGEST) for place in places]
    return {path: value for one in found for path, value in one.changes(HOST).items()}


def test_registry_repository_and_tag_are_written_where_they_stand():
    text = "# top\nimage:  # the image\n  registry: docker.io # hub\n  repository: bitnami/redis\n  tag: 8.2 # é\nx: 1\n"
    assert relocate.rewritten(text, changes(text)) == (
        f'# top\nimage:  # the image\n  registry: "{HOST}" # hub\n  repository: "team/ours"\n  tag: "1.2@{DIGEST}" # é\nx: 1\n'
    )


def test_a_digest_is_written_where_the_chart_has_a_place_for_it():
    text = 'image: {registry: "", repository: redis, tag: "8", digest: ""}\n'
    assert yaml.safe_load(relocate.rewritten(text, changes(text)))["image"] == {
        "registry": HOST, "repository": "team/ours", "tag": "8", "digest": DIGEST,
    }  # fmt: skip


def test_without_a_registry_the_host_goes_before_the_name_and_a_missing_tag_is_added():
    text = "a:\n    image:\n        repository: redis\n        pullPolicy: Always\n"
    assert yaml.safe_load(relocate.rewritten(text, changes(text)))["a"]["image"] == {
        "tag": f"1.2@{DIGEST}", "repository": f"{HOST}/team/ours", "pullPolicy": "Always",
    }  # fmt: skip


def test_an_image_that_is_one_text_is_one_text_again():
    text = "job:\n  image: busybox:1.36\n"
    assert yaml.safe_load(relocate.rewritten(text, changes(text))) == {
        "job": {"image": f"{HOST}/team/ours:1.2@{DIGEST}"}
    }


def test_an_empty_tag_is_filled():
    text = "image:\n  repository: redis\n  tag:\nnext: 1\n"
    assert yaml.safe_load(relocate.rewritten(text, changes(text)))["image"]["tag"] == f"1.2@{DIGEST}"


def test_what_an_anchor_would_change_elsewhere_is_given_as_overrides_only():
    text = "name: &name redis\nimage: {repository: redis, tag: &tag '8'}\nlabel: *tag\n"
    assert relocate.rewritten(text, changes(text)) is None
    assert relocate.overrides(changes(text))["image"]["repository"] == f"{HOST}/team/ours"


@pytest.mark.parametrize(
    "text",
    ["", "# only words", "# only words\n", "a: 1\n", "redis: {}\n", "redis:\n", "{a: 1}\n", "redis: {b: {c: 1}}\n",
     "redis:\n    # why\n    b: 1\n    image: {}\n", "x: &x {b: 1}\nredis:\n  image:\n    b: 1\n", "redis: {image: {tag: '8'}}\n"],
)  # fmt: skip
def test_what_stands_nowhere_yet_is_written_where_it_belongs(text):
    said = {("redis", "image", "repository"): "ours", ("redis", "image", "tag"): "1", ("on", "y"): True}
    new = relocate.rewritten(text, said)
    assert new is not None
    before = foreign.read(text, "values.yaml") or {}
    after = foreign.read(new, "values.yaml")
    assert after["redis"]["image"] == {
        **((before.get("redis") or {}).get("image") or {}),
        "repository": "ours",
        "tag": "1",
    }
    assert (after["on"], '"y": true' in new) == ({"y": True}, True)
    assert [line for line in text.splitlines() if "#" in line and line not in new] == []


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("image: {repository: redis, tag: 7}", "redis:7"),
        ("image: {repository: redis}", "redis"),
        ("sidecar: {image: 'quay.io/a/b:1@" + DIGEST + "'}", f"quay.io/a/b:1@{DIGEST}"),
        ("image: {registry: r.example:5000, repository: a/b, tag: 1.10}", "r.example:5000/a/b:1.1"),
        ("source: {repository: 'https://charts.example/'}", None),
        ("git: {repository: team/app, branch: main}", None),
        ("image: yes", None),
        ("image: {repository: 'UPPER', tag: 1}", None),
        ("image: redis", None),
    ],
)
def test_an_image_is_told_from_what_only_looks_like_one(text, asked):
    assert [place.asked for place in places_in(yaml.safe_load(text))] == ([asked] if asked else [])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("image: {repository: redis, tag: 7}", "docker.io/library/redis"),
        ("image: {registry: docker.io, repository: bitnami/redis, tag: 7}", "docker.io/bitnami/redis"),
        ("image: {repository: quay.io/prometheus/prometheus, tag: 7}", "quay.io/prometheus/prometheus"),
        ("image: {registry: registry-1.docker.io, repository: redis}", "docker.io/library/redis"),
    ],
)
def test_an_image_is_looked_up_as_the_catalogue_calls_what_it_replaces(text, name):
    (place,) = places_in(yaml.safe_load(text))
    assert upstream_names(place)[0] == name


def test_well_known_charts_keep_every_line_that_does_not_name_an_image():
    count = 0
    with tarfile.open(shared("charts/chart-sources.tar.gz")) as archive:
        for member in archive.getmembers():
            if not member.name.endswith("/values.yaml"):
                continue
            text = io.TextIOWrapper(archive.extractfile(member), encoding="utf-8").read()
            wanted = changes(text)
            new = relocate.rewritten(text, wanted)
            assert new is not None, member.name
            assert wanted, member.name
            kept = [line for line in text.splitlines() if line in set(new.splitlines())]
            assert len(text.splitlines()) - len(kept) <= len(wanted), member.name
            count += 1
    assert count == 39
