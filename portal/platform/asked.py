"""What is asked of a list of the platform by its address. Values only."""

from __future__ import annotations

from django.http import HttpRequest

LONGEST = 100


def words_of(request: HttpRequest) -> str:
    """The words of `?q=`, one space between; NUL is refused by PostgreSQL and can be in no name."""
    return " ".join(request.GET.get("q", "").replace("\0", "").split())[:LONGEST]
