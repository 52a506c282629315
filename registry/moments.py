"""Times that people and programs give in an address."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.dateparse import parse_date, parse_datetime


def moment_of(text: str) -> datetime | None:
    """A time as ISO 8601 writes it, or a day's beginning; without an offset it is UTC. None for anything else."""
    try:
        # An offset's "+" that was not escaped in an address arrives as a space.
        found = parse_datetime(text.replace(" ", "+") if "T" in text else text)
        day = parse_date(text) if found is None else None
    except ValueError:  # a form of a date that no calendar has
        return None
    if day is not None:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    if found is None:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
