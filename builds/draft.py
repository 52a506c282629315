"""From a base and a customisation to the engine's spec: the wizard's answer, read and checked.

Not in charge of packages' versions (`builds.solve`) nor of storing anything (`builds.order`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from builds.engine.errors import EngineError
from builds.engine.lock import Lock
from builds.engine.spec import BaseImage, Spec, SpecMalformed, validate
from builds.refusals import FieldError, OrderRefused
from catalog.models import Release

#: What a customisation says beside the engine's spec.
OWN_KEYS = frozenset({"tag"})
#: What follows from the base and may not be said.
BASE_KEYS = frozenset({"base", "suite"})
DEFAULT_TAG = "latest"
# OCI distribution 1.1, "Pulling manifests": the grammar of a tag.
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
# Tags that publishing writes itself: unique ones, and the tag form of referrers.
_OURS = re.compile(r".*-[0-9]{12}([0-9]{2})?|sha(256|512)-.*")


def tag_of(customisation: Mapping[str, Any]) -> str:
    """The moving tag that the golden image gets."""
    tag = customisation.get("tag")
    return tag if isinstance(tag, str) and tag else DEFAULT_TAG


def base_of(release: Release) -> BaseImage:
    """`release` as the engine takes a base: manifest digests by architecture, spec and lock."""
    stream = release.stream
    name = f"{stream.image.name}:{stream.name}" if stream else release.repository.name
    try:
        spec, lock = Spec.from_json(release.spec), Lock.from_json(release.lock)
    except (SpecMalformed, EngineError) as error:
        raise OrderRefused(
            [FieldError("base", "base-unreadable", f"{name} cannot be built upon.")]
        ) from error
    manifests = {name: str(platform["digest"]) for name, platform in release.platforms.items()}
    return BaseImage(reference=f"{name}@{release.digest}", manifests=manifests, spec=spec, lock=lock)


def draft(*, release: Release, customisation: Mapping[str, Any]) -> Spec:
    """The spec of `customisation` upon `release`. Raises OrderRefused with every broken rule."""
    errors = [
        FieldError("tag", "tag-name", sentence)
        for sentence in [tag_error(customisation.get("tag") or DEFAULT_TAG)]
        if sentence
    ]
    errors += [
        FieldError(key, "field-of-base", "This follows from the base image and cannot be set.")
        for key in sorted(BASE_KEYS & customisation.keys())
    ]
    if errors:
        raise OrderRefused(errors)
    base = base_of(release)
    wanted = {key: value for key, value in customisation.items() if key not in OWN_KEYS}
    wanted["suite"] = base.lock.suite
    wanted.setdefault("architectures", sorted(base.manifests))
    try:
        plain = Spec.from_json(wanted)
    except SpecMalformed as error:
        raise OrderRefused([FieldError(error.field, error.code, error.sentence)]) from error
    spec = replace(plain, base=base)
    if broken := validate(spec):
        raise OrderRefused(FieldError(item.field, item.code, item.sentence) for item in broken)
    return spec


def tag_error(tag: object) -> str:
    """Why `tag` cannot be the moving tag of a golden image, or ""."""
    if not isinstance(tag, str) or not _TAG.fullmatch(tag):
        return (
            "A tag has at most 128 letters, digits, “.”, “_” and “-”, and starts with a letter, digit or “_”."
        )
    if _OURS.fullmatch(tag):
        return "Tags of this form are written by publishing itself; choose another."
    return ""
