"""Hostile inputs 17, 18 and 31: any scope, any credentials, any range."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from registry import throttle
from tests.registry.wire import Wire, basic

HOST = "acme.localhost"
CONTENT = bytes(range(100))
#: Fixtures are shared by the examples of a test, and these change nothing.
shared = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
parts = st.sampled_from(
    [
        "repository",
        "registry",
        "catalog",
        "app",
        "other",
        "*",
        "pull",
        "push",
        "delete",
        ":",
        ",",
        " ",
        "/",
        "..",
        "\0",
        "é",
    ]
)
#: What a header can hold: a server hands it on as Latin-1.
headers = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)


@pytest.fixture(autouse=True)
def _many_guesses(monkeypatch):
    monkeypatch.setattr(throttle, "MOST", 10_000)


@shared
@given(st.lists(parts, max_size=14).map("".join))
@example("repository:app:*,pull,push repository:globex/app:pull")
def test_no_scope_gives_more_than_is_due(acme, globex, secret, scope):
    for host, allowed in ((HOST, {"pull", "push", "delete"}), ("localhost:8000", {"pull", "push", "delete"})):
        answer = Wire(host, basic(secret))("GET", f"/auth/token?scope={quote(scope)}")
        assert answer.status == 200
        for one in answer.json["scope"].split():
            kind, name, actions = (
                one.rsplit(":", 2)[0].partition(":")[0],
                one.split(":")[1],
                one.split(":")[-1],
            )
            if kind == "repository":
                assert set(actions.split(",")) <= allowed
                assert host == HOST or name.startswith("acme/")
            else:
                assert name == "catalog"


@shared
@given(st.sampled_from(["", "Basic ", "Bearer ", "basic", "BEARER\t"]), headers)
def test_no_authorization_header_is_a_fault(acme, kind, rest):
    header = f"{kind}{rest}"
    for path in ("/v2/", "/v2/app/tags/list", "/auth/token"):
        said = Wire(HOST, header)("GET", path)
        assert said.status == 401 or (not header.strip() and said.status == 200), said.content


@shared
@given(
    st.one_of(
        st.builds("bytes={}-{}".format, st.integers(0, 10**20), st.integers(0, 10**20)),
        st.builds("bytes={}-{}".format, st.integers(0, 120), st.integers(0, 120)),
        st.builds("bytes=-{}".format, st.integers(0, 200)),
        st.builds("bytes={}-".format, st.integers(0, 200)),
        headers,
    )
)
def test_any_range_gives_those_bytes_or_all_or_none(ours, asked):
    digest = ours.blob("app", CONTENT)
    answer = ours("GET", f"/v2/app/blobs/{digest}", HTTP_RANGE=asked)
    if answer.status == 206:
        first, last, size = map(
            int, re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", answer.headers["content-range"]).groups()
        )
        assert (answer.content, size) == (CONTENT[first : last + 1], 100)
        assert answer.headers["content-length"] == str(last - first + 1)
    elif answer.status == 200:
        assert answer.content == CONTENT
    else:
        assert (answer.status, answer.headers["content-range"]) == (416, "bytes */100")
