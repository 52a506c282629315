"""The lock: exactly which packages an image is made of, and by what rules.

A value, canonical and digestible. It is not in charge of choosing the
packages (``resolve``) nor of fetching them (``fetch``).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from builds.engine.errors import BadLock


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One package file, named by its digest in a signed index.

    ``size`` and ``installed_size`` are bytes. ``path`` is the file name below
    the archive root. ``origin`` is the id of the source that lists it.
    ``because`` is empty for a requested package, else the name of the package
    that needs it. ``inherited`` packages came with the base image. ``checksum``
    is what an index gives that has no sha256; it is empty where it has.
    """

    name: str
    version: str
    architecture: str
    source: str
    source_version: str
    sha256: str
    size: int
    installed_size: int
    path: str
    origin: str
    because: str
    inherited: bool = False
    checksum: str = ""


_PACKAGE_FIELDS = {field.name: field.type for field in dataclasses.fields(LockedPackage)}
_TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool}


@dataclass(frozen=True, slots=True)
class Lock:
    """Everything that decides an image's bytes beside its spec.

    ``epoch`` is in seconds and becomes SOURCE_DATE_EPOCH of all that is built:
    the newest date of the indexes. ``packages`` maps an architecture to its
    packages, sorted by name. ``elided`` lists the dependencies that a reviewed
    recipe left out, as ``package>dependency``.
    """

    format: str
    suite: str
    snapshot: str
    epoch: int
    packages: Mapping[str, tuple[LockedPackage, ...]]
    engine: str
    recipes: str
    plan: str
    elided: tuple[str, ...]

    def __post_init__(self) -> None:
        ordered = {
            architecture: tuple(sorted(self.packages[architecture], key=lambda p: p.name))
            for architecture in sorted(self.packages)
        }
        object.__setattr__(self, "packages", MappingProxyType(ordered))
        object.__setattr__(self, "elided", tuple(sorted(self.elided)))

    def to_json(self) -> dict[str, Any]:
        """Give the lock as plain values, the inverse of ``from_json``."""
        plain: dict[str, Any] = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        plain["packages"] = {
            architecture: [_plain(package) for package in packages]
            for architecture, packages in self.packages.items()
        }
        plain["elided"] = list(self.elided)
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Lock:
        """Read a lock from plain values; raise ``BadLock`` if they are none."""
        try:
            values = {field.name: plain[field.name] for field in dataclasses.fields(cls)}
            values["packages"] = {
                str(architecture): tuple(_package(entry) for entry in entries)
                for architecture, entries in plain["packages"].items()
            }
            values["elided"] = tuple(str(name) for name in plain["elided"])
        except (KeyError, TypeError, AttributeError) as error:
            raise BadLock(reason=f"a field is missing or misshapen ({error})") from error
        _check_scalars(values)
        return cls(**values)

    @property
    def canonical(self) -> bytes:
        """The lock as canonical JSON: sorted keys, no blanks, UTF-8."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def digest(self) -> str:
        """``sha256:`` digest of the canonical JSON."""
        return "sha256:" + hashlib.sha256(self.canonical).hexdigest()


def _plain(package: LockedPackage) -> dict[str, Any]:
    plain = {name: getattr(package, name) for name in _PACKAGE_FIELDS}  # ``asdict`` copies, ten times slower
    if not package.checksum:  # Debian's locks are spelt as they were before there was another format
        del plain["checksum"]
    return plain


def _package(entry: Mapping[str, Any]) -> LockedPackage:
    entry = {"checksum": "", **entry}
    if set(entry) != set(_PACKAGE_FIELDS):
        wrong = sorted(set(entry) ^ set(_PACKAGE_FIELDS))
        raise BadLock(reason=f"a package has wrong fields ({', '.join(map(str, wrong))})")
    for name, kind in _PACKAGE_FIELDS.items():
        if type(entry[name]) is not _TYPES[str(kind)]:
            raise BadLock(reason=f"the package field {name} is not of type {kind}")
    return LockedPackage(**entry)


def _check_scalars(values: Mapping[str, Any]) -> None:
    for name in ("format", "suite", "snapshot", "engine", "recipes", "plan"):
        if not isinstance(values[name], str):
            raise BadLock(reason=f"the field {name} is not text")
    if type(values["epoch"]) is not int:
        raise BadLock(reason="the field epoch is not a whole number of seconds")
