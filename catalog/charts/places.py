"""Where the values of a chart name an image, and what they name.

By the conventions that charts follow: a mapping with `repository` (and `registry`, `tag`, `digest` beside it), or a
text called `image`. What a template writes out itself is not seen. Not in charge of which image of ours that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

Path = tuple[str, ...]
MOST = 200
DEEPEST = 10
#: What a registry takes for a tag (OCI Distribution Specification 1.1, "Pull").
LONGEST_TAG = 128
_NAME = re.compile(r"[a-z0-9][a-z0-9._/-]*(?::[0-9]+/[a-z0-9._/-]+)?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
HUB = "docker.io"
BESIDE = ("registry", "tag", "digest")


@dataclass(frozen=True, slots=True)
class Place:
    """One image in the values. `path` leads to it; `is_text` where it is one text, "repository:tag".

    `keys` are those that stand beside `repository`. `when` is the value that switches it on, "" where it is on; `also`
    what else must be said, by path, for it to be heeded.
    """

    path: Path
    registry: str
    repository: str
    tag: str
    digest: str
    is_text: bool = False
    keys: tuple[str, ...] = ()
    when: str = ""
    also: tuple[tuple[Path, str | bool], ...] = ()

    @property
    def named(self) -> str:
        """The reference as people say it, without a digest."""
        name = f"{self.registry}/{self.repository}" if self.registry else self.repository
        return f"{name}:{self.tag}" if self.tag else name

    @property
    def asked(self) -> str:
        """The reference as the chart means it."""
        return f"{self.named}@{self.digest}" if self.digest else self.named

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Place:
        also = tuple((tuple(path), value) for path, value in said.get("also", ()))
        return cls(**{**said, "path": tuple(said["path"]), "keys": tuple(said["keys"]), "also": also})


def places_in(values: Any) -> list[Place]:
    """In the order of the values."""
    found: list[Place] = []
    for place in _walk(values, ()):
        found.append(place)
        if len(found) == MOST:
            break
    return found


def upstream_names(place: Place) -> list[str]:
    """How the catalogue may call what `place` names: "docker.io/library/redis" for "redis", and the like."""
    host, slash, rest = place.repository.partition("/")
    is_host = bool(slash) and ("." in host or ":" in host or host == "localhost")
    registry, path = (host, rest) if is_host and not place.registry else (place.registry, place.repository)
    registry = {"": HUB, "index.docker.io": HUB, "registry-1.docker.io": HUB}.get(registry, registry)
    if registry == HUB and "/" not in path:
        path = f"library/{path}"
    return list(dict.fromkeys([f"{registry}/{path}", path, path.removeprefix("library/")]))


def _walk(value: Any, path: tuple[str, ...]) -> Iterator[Place]:
    if not isinstance(value, dict) or len(path) > DEEPEST:
        return
    repository = value.get("repository")
    if isinstance(repository, str) and _NAME.fullmatch(repository) and _is_image(value, path):
        yield _of_mapping(value, repository, path)
    for key, below in value.items():
        if key == "image" and isinstance(below, str) and (place := _of_text(below, (*path, key))):
            yield place
        yield from _walk(below, (*path, key))


def _is_image(value: dict[str, Any], path: tuple[str, ...]) -> bool:
    """A repository of something else, such as of charts or of Git, has neither a tag nor such a name."""
    return bool(value.keys() & set(BESIDE)) or (bool(path) and "image" in path[-1].lower())


def _of_mapping(value: dict[str, Any], repository: str, path: tuple[str, ...]) -> Place:
    registry, tag, digest = (value.get(key) for key in ("registry", "tag", "digest"))
    tag = str(tag) if isinstance(tag, str | int | float) and not isinstance(tag, bool) else ""
    tag, _, in_tag = tag.partition("@")
    tag = tag if len(tag) <= LONGEST_TAG else ""
    digest = digest if isinstance(digest, str) and digest else in_tag
    return Place(
        path,
        registry=registry if isinstance(registry, str) else "",
        repository=repository,
        tag=tag,
        digest=digest if _DIGEST.fullmatch(digest) else "",
        keys=tuple(key for key in BESIDE if key in value),
    )


def _of_text(text: str, path: tuple[str, ...]) -> Place | None:
    named, _, digest = text.partition("@")
    name, _, tag = named.rpartition(":") if ":" in named.rpartition("/")[2] else (named, "", "")
    tag = tag if len(tag) <= LONGEST_TAG else ""
    if not name or not _NAME.fullmatch(name) or ("/" not in name and not tag):
        return None
    return Place(path, "", name, tag, digest if _DIGEST.fullmatch(digest) else "", is_text=True)
