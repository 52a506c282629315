"""One request at the door: where it arrived, who sent it, and its body as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest

from registry.callers import Caller
from registry.errors import ParameterInvalid, SizeInvalid
from registry.places import Host, Place
from registry.storage import PIECE


@dataclass(frozen=True, slots=True)
class Asking:
    """What a handler gets; `place` is absent only where an address names no repository."""

    request: HttpRequest
    host: Host
    caller: Caller

    @property
    def method(self) -> str:
        return self.request.method or "GET"

    def query(self, name: str) -> str:
        """A parameter's value, "" without one. Raises ParameterInvalid for NUL, which no database compares."""
        found = str(self.request.GET.get(name, ""))
        if "\0" in found:
            raise ParameterInvalid
        return found


@dataclass(frozen=True, slots=True)
class AskingAt(Asking):
    place: Place


def is_chunked(request: HttpRequest) -> bool:
    return "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()


def declared_length(request: HttpRequest) -> int | None:
    """Content-Length; None when there is none. Raises SizeInvalid for nonsense or chunked with a length."""
    text = request.META.get("CONTENT_LENGTH") or ""
    if not text:
        return None
    if is_chunked(request) or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise SizeInvalid
    return int(text)


def body(request: HttpRequest) -> Iterator[bytes]:
    """The body in pieces, straight from the server: Django's own reader knows no chunked bodies.

    Raises SizeInvalid when the sender goes away early.
    """
    stream = request.META["wsgi.input"]
    left = declared_length(request)
    if left is None:
        if is_chunked(request) or request.META.get("SERVER_PROTOCOL", "").startswith("HTTP/2"):
            while piece := stream.read(PIECE):
                yield piece
        return
    while left > 0:
        piece = stream.read(min(PIECE, left))
        if not piece:
            raise SizeInvalid
        left -= len(piece)
        yield piece


def read_at_most(request: HttpRequest, most: int) -> bytes | None:
    """The whole body, or None as soon as it exceeds `most` bytes."""
    if (declared_length(request) or 0) > most:
        return None
    found = bytearray()
    for piece in body(request):
        found += piece
        if len(found) > most:
            return None
    return bytes(found)
