"""Say what differs between two images, so that a build that did not come out the same explains itself.

Reads the documents and layers of both, out of two stores or image layouts; the first is called “here”, the second
“there”. Not in charge of building, nor of which is right.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from builds.engine import compressor
from builds.engine.errors import EngineError
from builds.engine.image import MANIFEST
from builds.engine.store import Store
from builds.engine.tar import TarEntry, TarRefusedError, read_entries

#: Differences of one layer that are told; the rest is counted.
MOST = 10
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
Members = Sequence[tuple[bytes, bytes]]


class DocumentMissingError(EngineError):
    """An index, manifest or configuration that is not where it is to be compared."""

    code = "document-missing"
    sentence = "The document {digest} is not at hand, or is none, so nothing can be compared."


def differences(here: Store, first: str, there: Store, second: str) -> list[str]:
    """Return a sentence for each difference of two images or indexes, by their digests; none for equal ones.

    A layer that one side lacks is named. Gzip members of one layer that hold the same and are not the same are
    told apart from other content.

    :raises DocumentMissingError: when a document is not at hand
    """
    if first == second:
        return []
    mine, other = _document(here, first), _document(there, second)
    if mine.get("mediaType") == MANIFEST:
        return list(_of_image(here, mine, there, other))
    found = list(_of_values("index", _without(mine, "manifests"), _without(other, "manifests")))
    platforms, others = _platforms(mine), _platforms(other)
    for name in sorted(platforms.keys() | others.keys()):
        if name not in platforms or name not in others:
            found.append(f"{name}: only {'here' if name in platforms else 'there'}")
        else:
            told = differences(here, platforms[name], there, others[name])
            found += [f"{name}: {sentence}" for sentence in told]
    return found


def _document(store: Store, digest: str) -> dict[str, Any]:
    try:
        document = json.loads(store.read_blob(digest)) if _DIGEST.fullmatch(digest) else None
    except (FileNotFoundError, ValueError):
        document = None
    if not isinstance(document, dict):
        raise DocumentMissingError(digest=ascii(digest[:80]))
    return document


def _without(document: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in keys}


def _platforms(index: Mapping[str, Any]) -> dict[str, str]:
    return {child["platform"]["architecture"]: child["digest"] for child in index["manifests"]}


def _of_image(here: Store, mine: dict[str, Any], there: Store, other: dict[str, Any]) -> Iterator[str]:
    yield from _of_values("manifest", _without(mine, "config", "layers"), _without(other, "config", "layers"))
    config, config_there = (
        _document(store, document["config"]["digest"]) for store, document in ((here, mine), (there, other))
    )
    yield from _of_values("configuration", _without(config, "rootfs"), _without(config_there, "rootfs"))
    stories = [line.get("created_by", "") for line in config.get("history", ())]
    for number, (one, two) in enumerate(zip_longest(mine["layers"], other["layers"])):
        title = f"layer {number + 1}" + (f" ({stories[number][:60]})" if number < len(stories) else "")
        if one is None or two is None:
            yield f"{title}: only {'there' if one is None else 'here'}"
        elif one["digest"] != two["digest"]:
            told = list(_of_layer(here, one["digest"], there, two["digest"]))
            yield from (f"{title}: {sentence}" for sentence in told[:MOST])
            if len(told) > MOST:
                yield f"{title}: and {len(told) - MOST} more"


def _of_values(title: str, mine: Any, other: Any) -> Iterator[str]:
    if isinstance(mine, dict) and isinstance(other, dict):
        for key in sorted(mine.keys() | other.keys()):
            yield from _of_values(f"{title}.{key}", mine.get(key), other.get(key))
    elif mine != other:
        yield f"{title}: {_short(mine)} here, {_short(other)} there"


def _short(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"


def _of_layer(here: Store, first: str, there: Store, second: str) -> Iterator[str]:
    for where, store, digest in (("here", here, first), ("there", there, second)):
        if not (_DIGEST.fullmatch(digest) and store.has_blob(digest)):
            yield f"{digest} is not at hand {where}"
            return
    mine, other = _members(here.read_blob(first)), _members(there.read_blob(second))
    if [raw for _, raw in mine] != [raw for _, raw in other]:
        yield from _of_archives(mine, other)
        return
    for number, ((packed, raw), (packed_there, _)) in enumerate(zip(mine, other, strict=True)):
        if packed != packed_there:
            sizes = f"{len(packed)} bytes here, {len(packed_there)} there"
            yield f"gzip member {number + 1}, from {_first_path(raw)}: the same content, compressed otherwise ({sizes})"


def _members(blob: bytes) -> Members:
    found = []
    while blob:
        machine = compressor.decompressor()
        raw = machine.decompress(blob)
        found.append((blob[: len(blob) - len(machine.unused_data)], raw))
        blob = machine.unused_data
    return found


def _first_path(raw: bytes) -> str:
    return next(iter(_entries(raw)), "(no file)")


def _of_archives(mine: Members, other: Members) -> Iterator[str]:
    here, there = (_entries(b"".join(raw for _, raw in members)) for members in (mine, other))
    for path in sorted(here.keys() | there.keys()):
        if path not in here or path not in there:
            yield f"{path}: only {'here' if path in here else 'there'}"
        elif here[path] != there[path]:
            (entry, digest), (entry_there, digest_there) = here[path], there[path]
            fields = [
                f"{name} {getattr(entry, name)!r} here, {getattr(entry_there, name)!r} there"
                for name in TarEntry.__slots__
                if getattr(entry, name) != getattr(entry_there, name)
            ]
            if digest != digest_there:
                fields.append("other content")
            yield f"{path}: {'; '.join(fields)}"
    if list(here) != list(there) and here.keys() == there.keys():
        yield "the same entries in another order"


def _entries(raw: bytes) -> dict[str, tuple[TarEntry, str]]:
    """Return the entries by path, with their content's SHA-256; as many as can be read."""
    found: dict[str, tuple[TarEntry, str]] = {}
    view = memoryview(raw)
    try:
        for entry in read_entries(view):
            content = view[entry.offset : entry.offset + entry.size]
            found[entry.path] = replace(entry, offset=0), hashlib.sha256(content).hexdigest()
    except TarRefusedError:
        pass  # a member in the middle of a layer has no end of its own
    return found
