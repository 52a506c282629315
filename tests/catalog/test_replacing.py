"""What replaces an upstream reference."""

from __future__ import annotations

import pytest

from catalog.offer import ImageOffer, StreamOffer, entitle, offer
from catalog.reference import read
from catalog.replacing import replacement
from tests.catalog import world


@pytest.mark.parametrize(
    ("text", "name", "tag"),
    [
        ("docker.io/bitnami/redis:7", "docker.io/bitnami/redis", "7"),
        ("bitnami/redis", "docker.io/bitnami/redis", ""),
        ("redis:7.2-alpine", "docker.io/library/redis", "7.2-alpine"),
        ("index.docker.io/library/redis", "docker.io/library/redis", ""),
        ("quay.io/prometheus/alertmanager:v0.28", "quay.io/prometheus/alertmanager", "v0.28"),
        ("localhost:5000/team/app:1", "localhost:5000/team/app", "1"),
        ("registry:5000/app", "registry:5000/app", ""),
        ("docker pull redis:7", "docker.io/library/redis", "7"),
        ("FROM redis:7", "docker.io/library/redis", "7"),
        (f"redis@sha256:{'0' * 64}", "docker.io/library/redis", ""),
    ],
)
def test_a_reference_is_read_as_docker_reads_it(text, name, tag):
    upstream = read(text)
    assert (upstream.name, upstream.tag) == (name, tag)


@pytest.mark.parametrize("text", ["redis", "an in-memory store", "", "a/../b:", "https://x", "<b>/</b>"])
def test_what_is_no_reference_is_none(text):
    assert read(text) is None


@pytest.fixture
def redis(acme):
    image = offer(
        image=ImageOffer(
            name="redis",
            title="Redis",
            summary="A store.",
            category="database",
            is_listed=True,
            replaces=("docker.io/library/redis", "docker.io/bitnami/redis"),
            streams=(
                StreamOffer(name="8.0", spec=world.SPEC, aliases=("8", "latest"), is_latest=True),
                StreamOffer(name="7.2", spec=world.SPEC, aliases=("7",)),
            ),
        )
    )
    for stream in image.streams.all():
        world.released(stream, content=stream.name.encode())
    return image


@pytest.mark.parametrize(
    ("text", "tag", "is_same"),
    [
        ("docker.io/bitnami/redis:7", "7", True),
        ("redis:7.2.4-alpine", "7.2", True),
        ("redis:7.4", "7", True),
        ("docker.io/bitnami/redis", "8.0", True),
        ("redis:latest", "latest", True),
        ("redis:6", "8.0", False),
    ],
)
def test_the_tag_to_pull_is_that_of_the_version_asked_for(redis, acme, text, tag, is_same):
    entitle(tenant=acme, image=redis)
    found = replacement(tenant=acme, text=text)
    assert (found.name, found.tag, found.is_same_version, found.is_held) == ("redis", tag, is_same, True)


def test_an_image_that_may_only_be_asked_for_is_said_so(redis, acme):
    found = replacement(tenant=acme, text="bitnami/redis:7")
    assert (found.name, found.is_held) == ("redis", False)


def test_a_name_that_is_only_alike_is_no_promise(redis, acme):
    entitle(tenant=acme, image=redis)
    assert replacement(tenant=acme, text="quay.io/somebody/redis").is_stated is False
    assert replacement(tenant=acme, text="docker.io/library/redis").is_stated is True


def test_what_we_do_not_have_has_no_replacement(redis, acme):
    assert replacement(tenant=acme, text="docker.io/library/oracle:23") is None
