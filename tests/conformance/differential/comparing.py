"""What must be the same in two answers, and where a difference is right: each with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from tests.conformance.content import digest_of
from tests.conformance.differential.asking import Ask


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def code(self) -> str:
        try:
            return str(json.loads(self.content)["errors"][0]["code"])
        except (ValueError, KeyError, IndexError, TypeError):
            return ""


@dataclass(frozen=True)
class Allowed:
    """A difference that is no error of ours."""

    reason: str
    applies: Callable[[Ask, Answer, Answer], bool]


ALLOWED = (
    Allowed(
        "A fault (5xx) is no answer to agree with: theirs fails on malformed digests and empty manifests, "
        "and breaks off on a range beyond the end.",
        lambda ask, ours, theirs: theirs.status >= 500 and 200 <= ours.status < 500,
    ),
    Allowed(
        "An empty part of a path makes no name; their server redirects to the path without it.",
        lambda ask, ours, theirs: theirs.status == 301 and ours.code == "NAME_INVALID",
    ),
    Allowed(
        "An upload is over when its digest was wrong; theirs stays open. The specification leaves it to us.",
        lambda ask, ours, theirs: ask.kind == "over" and (ours.status, theirs.status) == (404, 204),
    ),
    Allowed(
        "A repository without tags is one (our conformance suite asks for an empty list); theirs has no record of it.",
        lambda ask, ours, theirs: (
            ask.kind == "tags"
            and (ours.status, theirs.status) == (200, 404)
            and not json.loads(ours.content)["tags"]
        ),
    ),
    Allowed(
        "What a name or digest may not be is refused by its own code; theirs has no route for it: 404 and a page.",
        lambda ask, ours, theirs: ours.status == 400 and theirs.status == 404 and not theirs.code,
    ),
    Allowed(
        "A manifest under a tag that is none is refused as that; theirs has no route for it.",
        lambda ask, ours, theirs: ask.kind == "put" and ours.code == "TAG_INVALID",
    ),
    Allowed(
        "Missing content: the specification gives the code, 404 or 400 is the registry's choice.",
        lambda ask, ours, theirs: (
            ask.kind == "put"
            and ours.code == theirs.code == "MANIFEST_BLOB_UNKNOWN"
            and {ours.status, theirs.status} <= {400, 404}
        ),
    ),
)


def reason(ask: Ask, ours: Answer, theirs: Answer) -> str:
    """Why two answers may differ; "" when they may not."""
    return next((one.reason for one in ALLOWED if one.applies(ask, ours, theirs)), "")


def differences(ask: Ask, ours: Answer, theirs: Answer) -> list[str]:
    """What differs; empty when the two agree."""
    found = []
    if ours.status // 100 != theirs.status // 100 or ours.status >= 500:
        return [f"status {ours.status} {ours.code} against {theirs.status} {theirs.code}"]
    if ours.status < 300:
        if ours.status != theirs.status:
            found.append(f"status {ours.status} against {theirs.status}")
        pairs = [(name, ours.headers.get(name), theirs.headers.get(name)) for name in _headers(ask)]
        found += [f"{name}: {mine} against {other}" for name, mine, other in pairs if mine != other]
        if ask.kind in ("blob", "range", "manifest") and ours.content != theirs.content:
            found.append("the content")
        if ask.kind == "tags" and _tags(ours) != _tags(theirs):
            found.append(f"tags {_tags(ours)} against {_tags(theirs)}")
        found += _wrong_digest(ask, ours)
    elif not ours.code and ask.method != "HEAD":
        found.append("no error code")
    return found


def _headers(ask: Ask) -> tuple[str, ...]:
    """Headers whose values the specification decides, by what was asked."""
    return {
        "blob": ("content-length", "docker-content-digest"),
        "range": ("content-length", "content-range"),
        "manifest": ("content-length", "content-type", "docker-content-digest"),
        "put": ("docker-content-digest",),
        "finish": ("docker-content-digest",),
        "chunk": ("range",),
        "standing": ("range",),
    }.get(ask.kind, ())


def _tags(answer: Answer) -> list[str]:
    return sorted(json.loads(answer.content)["tags"] or [])


def _wrong_digest(ask: Ask, ours: Answer) -> list[str]:
    """Whether what we give is what we say it is, whatever the other one says."""
    said = ours.headers.get("docker-content-digest", "")
    if ask.method == "GET" and ask.kind in ("blob", "manifest") and digest_of(ours.content) != said:
        return ["our own digest"]
    return []
