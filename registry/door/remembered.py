"""Answers that are given again: to the same request, or to another caller who sees the same repository.

Who may ask and what is shown was decided when an answer was made, by `callers` and `visibility`; here it is only
repeated, for the time that `registry.memory` states. An answer is found by everything it was decided from: host,
Authorization, path and query; or, once rights are decided, by the view. Each repeated pull is noted like the
first. A write through this process is seen by its next read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import HttpResponse

from registry import memory, pulls, targets
from registry.door import answers
from registry.door.asking import AskingAt
from registry.memory import Memory
from registry.models import Blob
from registry.places import Place
from registry.visibility import View

#: Bytes held by each of the two maps, and what an entry costs beside its own.
ROOM = 16_000_000
_ENTRY = 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A 200 as it was sent. `began` and `until` are times of the memory's clock."""

    headers: list[tuple[str, str]]
    body: bytes
    owner: tuple[int | None, str]
    began: float

    @property
    def until(self) -> float:
        return self.began + memory.ANSWER


class _Known(NamedTuple):
    blob: Blob
    owner: tuple[int | None, str]
    began: float


class _Repeat(NamedTuple):
    kept: Kept
    pulled: pulls.Pulled | None


_by_request: Memory[tuple[str, str, str, str], _Repeat] = Memory(most=8192, room=ROOM)
_by_view: Memory[tuple[int, int, str, str], Kept] = Memory(most=8192, room=ROOM)
_blobs: Memory[tuple[int, int, str], _Known] = Memory(most=2048, room=2048)
#: When something was last written at a place, for as long as an older answer may be about.
_written: Memory[tuple[int | None, str], float] = Memory(most=1_000_000, room=1_000_000)


def again(environ: dict[str, Any]) -> tuple[list[tuple[str, str]], bytes] | None:
    """Headers and body of the answer that this very request got less than a second ago, if it did."""
    method = environ["REQUEST_METHOD"]
    if method not in ("GET", "HEAD"):
        return None
    found = _by_request.recall(_key_of(environ))
    if found is None or not _is_current(found.kept.owner, found.kept.began):
        return None
    if method == "HEAD":
        return found.kept.headers, b""
    _note(found.pulled, environ)
    return found.kept.headers, found.kept.body


def answer(
    asking: AskingAt, view: View, make: Callable[[], HttpResponse], *, tag: str | None = None
) -> HttpResponse:
    """What `make` gives, or gave within the last second to someone with the same view.

    `tag` is the one that a pull names ("" for a pull by digest); None for what is no pull.
    """
    path, query = asking.request.path_info, asking.request.META.get("QUERY_STRING", "")
    key = (view.repository.pk, view.grant.pk if view.grant else 0, path, query)
    kept = _by_view.recall(key)
    if kept is None or not _is_current(kept.owner, kept.began):
        kept = _made(asking.place, make)
        _by_view.keep(key, kept, until=kept.until, weight=_weight(kept, path, query))
    pulled = None if tag is None else _pulled(asking, view, dict(kept.headers)["Docker-Content-Digest"], tag)
    environ = asking.request.META
    exact = _key_of(environ)
    _by_request.keep(exact, _Repeat(kept, pulled), until=kept.until, weight=_weight(kept, *exact))
    if asking.method == "HEAD":
        return answers.plain(200, dict(kept.headers))
    _note(pulled, environ)
    return HttpResponse(kept.body, headers=dict(kept.headers))


def blob(place: Place, view: View, digest: str) -> Blob | None:
    """The blob that the view shows, or showed within the last second. Its bytes are no part of what is kept."""
    key = (view.repository.pk, view.grant.pk if view.grant else 0, digest)
    known = _blobs.recall(key)
    if known is not None and _is_current(known.owner, known.began):
        return known.blob
    began = memory.clock()
    found = view.blob(digest)
    if found is not None:
        _blobs.keep(key, _Known(found, _owner(place), began), until=began + memory.ANSWER)
    return found


def note_pull(asking: AskingAt, *, digest: str, tag: str) -> None:
    """Note a pull that is answered elsewhere, by something other than the manifest; nothing is kept of it.

    Raises Unauthorized or NameUnknown where the caller may not pull.
    """
    view = targets.readable(asking.caller, asking.place)
    _note(_pulled(asking, view, digest, tag), asking.request.META)


def wrote(place: Place) -> None:
    """Something may have changed there: no older answer about it is given again."""
    now = memory.clock()
    _written.keep(_owner(place), now, until=now + memory.ANSWER)


def _made(place: Place, make: Callable[[], HttpResponse]) -> Kept:
    began = memory.clock()  # before anything is read, so that no write in between is missed
    response = make()
    headers = list({**dict(response.items()), **answers.ALWAYS}.items())
    return Kept(headers, response.content, _owner(place), began)


def _is_current(owner: tuple[int | None, str], began: float) -> bool:
    written = _written.recall(owner)
    return written is None or written < began


def _owner(place: Place) -> tuple[int | None, str]:
    return (place.tenant.pk if place.tenant else None, place.name)


def _key_of(environ: dict[str, Any]) -> tuple[str, str, str, str]:
    return (
        environ.get("HTTP_AUTHORIZATION", ""),
        environ.get("HTTP_HOST", ""),
        environ["PATH_INFO"],
        environ.get("QUERY_STRING", ""),
    )


def _weight(kept: Kept, *key: str) -> int:
    return len(kept.body) + sum(map(len, key)) + _ENTRY


def _pulled(asking: AskingAt, view: View, digest: str, tag: str) -> pulls.Pulled | None:
    if view.repository.is_staging:
        return None
    tenant = asking.place.tenant
    return pulls.Pulled(
        tenant_id=tenant.pk if tenant else None,
        repository_id=view.repository.pk,
        digest=digest,
        tag=tag,
        actor=asking.caller.actor,
    )


def _note(pulled: pulls.Pulled | None, environ: dict[str, Any]) -> None:
    if pulled is not None:
        client, address = environ.get("HTTP_USER_AGENT", ""), environ.get("REMOTE_ADDR", "")
        pulls.record(pulled, client=client, address=address)
