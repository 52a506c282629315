"""What the catalogue's builds are doing, said in one line whenever it changes."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.utils import timezone

from builds.models import Build
from catalog.models import VersionStream


class Progress:
    """Follows the rows of the builds ordered since it began, and of those that were going on then."""

    def __init__(self) -> None:
        self._since = timezone.now()
        self._said: dict[UUID, str] = {}
        going_on = Build.objects.exclude(state__in=Build.ENDED)
        self._followed = set(going_on.values_list("pk", flat=True))
        self._is_said_complete = False

    def news(self) -> Iterator[str]:
        """One sentence for each build whose state changed, and one when every stream has a release."""
        fresh = Build.objects.filter(ordered_at__gte=self._since)
        followed = Build.objects.filter(pk__in=self._followed)
        for build in (
            (fresh | followed).select_related("stream__image", "revision__recipe").order_by("ordered_at")
        ):
            sentence = _sentence(build)
            if self._said.get(build.pk) != sentence:
                self._said[build.pk] = sentence
                yield sentence
        if not self._is_said_complete and is_complete():
            self._is_said_complete = True
            yield "the starter catalogue is complete"


def is_complete() -> bool:
    """Whether there is a catalogue and every stream of it has a release."""
    streams = VersionStream.objects.all()
    return streams.exists() and not streams.filter(releases=None).exists()


def _sentence(build: Build) -> str:
    name = _name(build)
    if build.state == Build.State.SUCCEEDED and build.ended_at:
        seconds = (build.ended_at - (build.started_at or build.ordered_at)).total_seconds()
        return f"{name} is published ({seconds:.1f} s)"
    if build.state == Build.State.FAILED:
        return f"{name} failed: {build.error}"
    if build.state == Build.State.QUEUED and build.attempt:
        return f"{name} is queued again after attempt {build.attempt}. {build.error}"
    again = f", attempt {build.attempt}" if build.attempt > 1 else ""
    return f"{name} is {build.get_state_display().lower()}{again}"


def _name(build: Build) -> str:
    if build.stream is not None:
        return str(build.stream)
    return build.revision.recipe.name if build.revision else str(build.pk)
