"""What releases contain: written once for each release, as spans along its line.

Not in charge of asking which images contain a package (`catalog.affected`).
"""

from __future__ import annotations

from collections.abc import Iterable

from catalog.models import PackageSpan, PackageVersion, Release


def hold(*, release: Release, versions: Iterable[PackageVersion]) -> None:
    """Say that `release`, the newest of its line, holds exactly `versions`; part of the caller's transaction.

    The caller keeps others from publishing to the repository meanwhile. Raises ValueError when a later release
    of the line was written already: spans are only ever extended at their end.
    """
    line = PackageSpan.objects.of_line(release.repository_id, release.stream_id)
    if line.filter(since__gt=release.pk).exists():
        message = f"{release} is not the newest release of its line."
        raise ValueError(message)
    held = dict(line.newest().values_list("version_id", "pk"))
    wanted = {version.pk for version in versions}
    ended = [span for version, span in held.items() if version not in wanted]
    PackageSpan.objects.filter(pk__in=ended).update(until=release.pk)
    PackageSpan.objects.bulk_create(
        PackageSpan(
            repository_id=release.repository_id,
            stream_id=release.stream_id,
            version_id=version,
            since=release.pk,
        )
        for version in sorted(wanted - held.keys())
    )
