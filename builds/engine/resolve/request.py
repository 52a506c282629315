"""What a customer may ask for: ``name`` or ``name=version``.

Turns each request into the packages of the index that may meet it. It does not
look at dependencies.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from builds.engine.errors import BadRequest, UnknownPackage, UnknownVersion
from builds.engine.formats import Format
from builds.engine.snapshot.facts import Fact
from builds.engine.snapshot.opening import Index
from builds.engine.snapshot.rules import VIRTUAL

_REQUEST = re.compile(r"(?P<name>[a-z0-9][a-z0-9+._-]{0,127})(?:=(?P<version>\S{1,128}))?")
_SUGGESTIONS = 3


Wish = tuple[Fact, ...]


def split_request(request: str, form: Format) -> tuple[str, str]:
    """Give (name, version or ""); raise ``BadRequest``."""
    match = _REQUEST.fullmatch(request)
    if match is None or (match["version"] and not form.is_version(match["version"])):
        raise BadRequest(request=repr(request[:80]))
    return match["name"], match["version"] or ""


def wanted(index: Index, requests: Iterable[str], *, present: Iterable[str] = ()) -> list[Wish]:
    """Give the packages that may meet each request, first choice first; one of each is to be installed.

    Names in ``present`` (of the base image) need no package unless a version is
    asked for. Raises ``BadRequest``, ``UnknownPackage``, ``UnknownVersion``.
    """
    here = set(present)
    found: dict[tuple[str, str], Wish] = {}
    for request in requests:
        name, version = split_request(request, index.form)
        if version or name not in here:
            facts = _find(index, name, version)
            found[facts[0].name, facts[0].version] = facts
    return list(found.values())


def _find(index: Index, name: str, version: str) -> Wish:
    facts = index.facts.by_name(name)
    if not facts:
        near = nearest(index, name)
        raise UnknownPackage(name=name, suite=index.suite, architecture=index.architecture, near=near)
    if not version:
        return tuple(facts) if index.form.KEEPS_OLD else (facts[0],)
    key = index.form.version_key(version)
    for fact in facts:
        if index.form.version_key(fact.version) == key:
            return (fact,)
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
