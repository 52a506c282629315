"""Where the newest build of a catalogue stream is, in a few words for the catalogue's lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from builds.models import Build


def of_streams(streams: Iterable[int]) -> Mapping[int, str]:
    """For each stream (by id) that has no release yet, what is happening; one query."""
    wanted = list(streams)
    if not wanted:
        return {}
    builds = Build.objects.filter(stream__in=wanted).order_by("ordered_at")
    newest = {
        stream: state for stream, state in builds.values_list("stream_id", "state") if stream is not None
    }
    return {stream: _words(newest.get(stream, "")) for stream in wanted}


def _words(state: str) -> str:
    words = {
        Build.State.QUEUED: _("waiting for a worker"),
        Build.State.BUILDING: _("being built"),
        Build.State.SIGNING: _("being signed"),
        Build.State.FAILED: _("build failed, tried again later"),
        Build.State.CANCELLED: _("build cancelled"),
        Build.State.SUCCEEDED: _("being published"),
    }
    return str(words.get(Build.State(state), "")) if state else _("not built yet")
