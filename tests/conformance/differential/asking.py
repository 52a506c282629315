"""Random requests, told apart from whom they go to: one `Ask` becomes one request to each of two registries."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from registry import media
from tests.conformance.content import LAYER, digest_of

REPOSITORIES, TAGS = ("a", "b/c"), ("1", "2", "latest")
LAYERS = [f"layer {number} ".encode() * 40 for number in range(4)]
ABSENT = digest_of(b"nobody pushed this")
MALFORMED = ("sha256:short", "md5:" + "0" * 32, "sha256:" + "G" * 64, "sha256")
ACCEPT = {"Accept": ", ".join(sorted(media.MANIFESTS | media.INDEXES))}


@dataclass(frozen=True)
class Ask:
    """`kind` names what is asked, for the rules of comparison; `{upload}` in a path is the upload's own address."""

    kind: str
    method: str
    #: Below `/v2/<prefix>`, or the rest of an upload's address.
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def manifest(layer: bytes, more: str = "") -> bytes:
    config = b"{}"
    told = [(config, "application/vnd.oci.image.config.v1+json"), (layer, LAYER)]
    first, second = ({"mediaType": kind, "digest": digest_of(one), "size": len(one)} for one, kind in told)
    body = {"schemaVersion": 2, "mediaType": media.OCI_MANIFEST, "config": first, "layers": [second]}
    return json.dumps(body | ({"annotations": {"a": more}} if more else {})).encode()


def sequence(chance: random.Random, length: int) -> list[Ask]:
    """So many requests at least; an upload's belong together and stand together."""
    found: list[Ask] = []
    while len(found) < length:
        found += chance.choice(_KINDS)(chance)
    return found


def _upload(chance: random.Random) -> list[Ask]:
    repository, layer = chance.choice(REPOSITORIES), chance.choice([*LAYERS, b"{}"])
    said = digest_of(layer) if chance.random() < 0.8 else ABSENT
    begin = Ask("begin", "POST", f"{repository}/blobs/uploads/")
    if chance.random() < 0.5:
        return [begin, Ask("finish", "PUT", f"{{upload}}digest={said}", body=layer)]
    cut = chance.randrange(1, len(layer))
    pieces = [layer[:cut], layer[cut:]]
    sent = [Ask("chunk", "PATCH", "{upload}", _range(0, pieces[0]), pieces[0])]
    sent.append(Ask("standing", "GET", "{upload}"))
    sent.append(Ask("chunk", "PATCH", "{upload}", _range(cut, pieces[1]), pieces[1]))
    end = Ask("finish", "PUT", f"{{upload}}digest={said}")
    if chance.random() < 0.2:
        end = Ask("cancel", "DELETE", "{upload}")
    return [begin, *sent, end, Ask("over", "GET", "{upload}")]


def _range(start: int, content: bytes) -> dict[str, str]:
    kind = "application/octet-stream"
    return {"Content-Range": f"{start}-{start + len(content) - 1}", "Content-Type": kind}


def _mount(chance: random.Random) -> list[Ask]:
    source, into = chance.choice(REPOSITORIES), chance.choice(REPOSITORIES)
    digest = digest_of(chance.choice(LAYERS))
    return [Ask("mount", "POST", f"{into}/blobs/uploads/?mount={digest}&from={{prefix}}{source}")]


def _blob(chance: random.Random) -> list[Ask]:
    digest = chance.choice([*(digest_of(one) for one in LAYERS), ABSENT, *MALFORMED])
    method, headers = chance.choice(["GET", "HEAD"]), {}
    if method == "GET" and chance.random() < 0.4:
        first = chance.randrange(0, 500)
        headers = {"Range": f"bytes={first}-{chance.choice(['', first + 10, 9999])}"}
    return [
        Ask("range" if headers else "blob", method, f"{chance.choice(REPOSITORIES)}/blobs/{digest}", headers)
    ]


def _put(chance: random.Random) -> list[Ask]:
    body = manifest(chance.choice(LAYERS), chance.choice(["", "x"]))
    reference = chance.choice([*TAGS, digest_of(body), ABSENT, ".bad"])
    if chance.random() < 0.1:
        body = chance.choice(
            [b"", b"[]", b"{", body[:-1], body.replace(b'"schemaVersion": 2', b'"schemaVersion": 3')]
        )
    headers = {"Content-Type": media.OCI_MANIFEST}
    return [Ask("put", "PUT", f"{chance.choice(REPOSITORIES)}/manifests/{reference}", headers, body)]


def _get(chance: random.Random) -> list[Ask]:
    known = [digest_of(manifest(one)) for one in LAYERS]
    reference = chance.choice([*TAGS, "none", *known, ABSENT, *MALFORMED])
    method = chance.choice(["GET", "HEAD"])
    return [Ask("manifest", method, f"{chance.choice(REPOSITORIES)}/manifests/{reference}", ACCEPT)]


def _delete(chance: random.Random) -> list[Ask]:
    repository = chance.choice(REPOSITORIES)
    if chance.random() < 0.5:
        digest = chance.choice([*(digest_of(manifest(one)) for one in LAYERS), ABSENT, MALFORMED[0]])
        return [Ask("delete manifest", "DELETE", f"{repository}/manifests/{digest}")]
    digest = chance.choice([*(digest_of(one) for one in LAYERS), ABSENT, MALFORMED[0]])
    return [Ask("delete blob", "DELETE", f"{repository}/blobs/{digest}")]


def _list(chance: random.Random) -> list[Ask]:
    return [Ask("tags", "GET", f"{chance.choice([*REPOSITORIES, 'none'])}/tags/list")]


def _odd(chance: random.Random) -> list[Ask]:
    repository = chance.choice(REPOSITORIES)
    return [
        chance.choice(
            [
                Ask("odd", "GET", "UPPER/tags/list"),
                Ask("odd", "GET", f"{repository}//x/tags/list"),
                Ask("odd", "POST", f"{repository}/manifests/1"),
                Ask("odd", "PATCH", f"{repository}/blobs/{ABSENT}"),
                Ask("odd", "GET", f"{repository}/nothing/here"),
                Ask("odd", "GET", f"{repository}/blobs/uploads/00000000-0000-0000-0000-000000000000"),
            ]
        )
    ]


_KINDS: list[Callable[[random.Random], list[Ask]]] = [
    _upload, _upload, _upload, _put, _put, _put, _get, _get, _get, _blob, _blob, _mount, _delete, _list, _odd,
]  # fmt: skip
