"""Hostile input 14: no address of ours, however written, leads to the files beneath."""

from __future__ import annotations

import pytest

from tests.registry.wire import sha256

pytestmark = pytest.mark.xdist_group("hostile-portal")

SECRET = b"bytes that only the door may give"


@pytest.mark.parametrize(
    "begin", ["/v2/app/blobs/", "/v2/", "/v2/app/manifests/", "/v2/app/blobs/uploads/", "/auth/token/", "/v2"]
)
def test_no_address_leads_to_the_files_of_the_store(portal, knock, begin):
    digest = sha256(SECRET)
    assert knock(f"POST /v2/app/blobs/uploads/?digest={digest}", body=SECRET).status == 201
    (file,) = [path for path in (portal.var / "storage").rglob("*") if digest[7:] in path.name]
    key = file.relative_to(portal.var / "storage").as_posix()
    up = ("../" * 8, "..%2f" * 8, "%2e%2e/" * 8, "..%5c" * 8, "....//" * 8, "")
    for way in up:
        for place in (file.as_posix(), key, f"storage/{key}", f"_assay/{key}", f"_assay/{file.name}"):
            said = knock(f"GET {begin}{way}{place}")
            assert 400 <= said.status < 500, (way, place)
            assert SECRET not in said.content
    assert knock(f"GET /v2/app/blobs/{digest}").content.endswith(SECRET)
