"""Read a manifest's bytes into a value, refusing what is not one. Not in charge of what exists where."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from registry import media
from registry.digest import parse
from registry.errors import DigestInvalid, ManifestInvalid, ManifestTooLarge

LARGEST = 4 * 1024 * 1024
MOST_DESCRIPTORS = 4096
#: A type and a subtype of at most 127 characters each (RFC 6838, section 4.2, to which the image spec holds it).
LONGEST_TYPE = 255
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Descriptor:
    media_type: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Document:
    """What push needs to know of a manifest: what it holds, and what it is about."""

    media_type: str
    artifact_type: str
    annotations: dict[str, str]
    subject: str
    children: tuple[Descriptor, ...]
    #: Config and layers, without those that live elsewhere by design.
    blobs: tuple[Descriptor, ...]


def read(content: bytes, media_type: str) -> Document:
    """Parse `content`. Raises ManifestInvalid or ManifestTooLarge with a reason."""
    if len(content) > LARGEST:
        raise ManifestTooLarge
    media_type = media_type.partition(";")[0].strip().lower()
    if media_type not in media.INDEXES | media.MANIFESTS:
        raise ManifestInvalid(f"The media type {media_type[:100]!r} is not taken here.")
    body = _load(content)
    # OCI's alone may leave it out; otherwise the first to push the same bytes would decide for all what they are.
    if body.get("mediaType", media_type if media_type in media.OCI else "") != media_type:
        raise ManifestInvalid("`mediaType` differs from the Content-Type header.")
    if body.get("schemaVersion") != 2:
        raise ManifestInvalid("`schemaVersion` must be 2.")
    is_index = media_type in media.INDEXES
    _refuse_both_kinds(body, is_index=is_index)
    config = None if is_index else _descriptor(body.get("config"), "config")
    layers = () if is_index else _descriptors(body, "layers")
    held = layers if config is None else (config, *layers)
    subject = body.get("subject")
    return Document(
        media_type=media_type,
        artifact_type=_artifact_type(body, config),
        annotations=_annotations(body.get("annotations")),
        subject=_descriptor(subject, "subject").digest if subject is not None else "",
        children=_descriptors(body, "manifests") if is_index else (),
        blobs=tuple(one for one in held if not media.is_foreign(one.media_type)),
    )


def _load(content: bytes) -> dict[str, Any]:
    try:
        # Decoded here, since `json` also guesses UTF-16 and forgives a byte order mark; clients do neither.
        text = content.decode()
        body = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except ManifestInvalid:
        raise
    except (ValueError, RecursionError) as error:
        raise ManifestInvalid("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise ManifestInvalid("The body is not a JSON object.")
    return body


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ManifestInvalid("A key appears twice in one object.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ManifestInvalid(f"{name} is not JSON.")


def _refuse_both_kinds(body: dict[str, Any], *, is_index: bool) -> None:
    wrong = ("layers", "config") if is_index else ("manifests",)
    for key in wrong:
        if key in body:
            raise ManifestInvalid(f"`{key}` does not belong in this media type.")


def _descriptors(body: dict[str, Any], key: str) -> tuple[Descriptor, ...]:
    found = body.get(key)
    if not isinstance(found, list):
        raise ManifestInvalid(f"`{key}` must be a list.")
    if len(found) > MOST_DESCRIPTORS:
        raise ManifestInvalid(f"`{key}` has more than {MOST_DESCRIPTORS} entries.")
    return tuple(_descriptor(one, key) for one in found)


def _descriptor(found: object, key: str) -> Descriptor:
    if not isinstance(found, dict):
        raise ManifestInvalid(f"`{key}` is not a descriptor.")
    size, media_type = found.get("size"), found.get("mediaType")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ManifestInvalid(f"`{key}` has no valid size.")
    if not isinstance(media_type, str):
        raise ManifestInvalid(f"`{key}` has no media type.")
    try:
        digest = parse(str(found.get("digest")))
    except DigestInvalid as error:
        raise ManifestInvalid(f"`{key}` has no valid digest.") from error
    return Descriptor(media_type, str(digest), size)


def _artifact_type(body: dict[str, Any], config: Descriptor | None) -> str:
    # Distribution spec, "Listing Referrers": the config's media type stands in where it is missing.
    found = body.get("artifactType") or (config.media_type if config else "")
    if not isinstance(found, str) or len(found) > LONGEST_TYPE or not is_storable(found):
        raise ManifestInvalid("`artifactType` is not a media type.")
    return found


def _annotations(found: object) -> dict[str, str]:
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ManifestInvalid("`annotations` must map text to text.")
    if not all(is_storable(text) for pair in found.items() for text in pair):
        raise ManifestInvalid("`annotations` hold NUL or half of a surrogate pair, which is no text.")
    return found


def is_storable(text: str) -> bool:
    """Whether every database keeps it: JSON's escapes can write what UTF-8 has not, and NUL."""
    return _NO_TEXT.search(text) is None
