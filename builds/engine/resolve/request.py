"""What a customer may ask for: ``name`` or ``name=version``.

Turns each request into the one package of the index that it means. It does not
look at dependencies.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from builds.engine.deb.version import compare, is_version
from builds.engine.errors import BadRequest, UnknownPackage, UnknownVersion
from builds.engine.snapshot.facts import Fact
from builds.engine.snapshot.opening import Index
from builds.engine.snapshot.rules import VIRTUAL

_REQUEST = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]{1,127})(?:=(?P<version>\S{1,128}))?")
_SUGGESTIONS = 3


def split_request(request: str) -> tuple[str, str]:
    """Give (name, version or ""); raise ``BadRequest``."""
    match = _REQUEST.fullmatch(request)
    if match is None or (match["version"] and not is_version(match["version"])):
        raise BadRequest(request=repr(request[:80]))
    return match["name"], match["version"] or ""


def wanted(index: Index, requests: Iterable[str], *, present: Iterable[str] = ()) -> list[Fact]:
    """Give the requested packages in the order of the requests, each once.

    Names in ``present`` (of the base image) need no package unless a version is
    asked for. Raises ``BadRequest``, ``UnknownPackage``, ``UnknownVersion``.
    """
    here = set(present)
    found: dict[tuple[str, str], Fact] = {}
    for request in requests:
        name, version = split_request(request)
        if version or name not in here:
            fact = _find(index, name, version)
            found[fact.name, fact.version] = fact
    return list(found.values())


def _find(index: Index, name: str, version: str) -> Fact:
    facts = index.facts.by_name(name)
    if not facts:
        near = nearest(index, name)
        raise UnknownPackage(name=name, suite=index.suite, architecture=index.architecture, near=near)
    if not version:
        return facts[0]
    for fact in facts:
        if compare(fact.version, version) == 0:
            return fact
    known = ", ".join(fact.version for fact in facts)
    raise UnknownVersion(name=name, version=version, suite=index.suite, known=known)


def nearest(index: Index, name: str) -> Sequence[str]:
    """Give packages that provide a name, else those that are spelt like it."""
    with index.rules() as rules:
        providers = {
            solvable.name
            for prefix in ("", VIRTUAL)
            for solvable in rules.pool.whatprovides(rules.pool.Dep(prefix + name))
        }
    if providers:
        return sorted(providers)[:_SUGGESTIONS]
    for length in (3, 2, 1):
        pool = index.facts.names_like(name[:length])
        if close := difflib.get_close_matches(name, pool, n=_SUGGESTIONS, cutoff=0.75):
            return close
    return [fact.name for fact in index.facts.search(name, limit=_SUGGESTIONS)]
