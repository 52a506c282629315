"""A stored chart's archive, and the text of its templates, read when somebody looks at one.

What lists and pages show of every chart was written down when it came; texts are in the archive already, and are not
kept twice. Not in charge of rights: the caller has found the manifest through a view.
"""

from __future__ import annotations

import json

from catalog.charts.archive import MOST_BYTES, read_archive
from catalog.charts.package import CONTENT_TYPE
from catalog.charts.refusals import ChartRefused
from registry import contents
from registry.models import Blob, Manifest, Repository


def archive_of(repository: Repository, manifest: Manifest) -> bytes:
    """The archive that a chart's manifest names. Raises ChartRefused."""
    layers = json.loads(bytes(manifest.content)).get("layers") or []
    found = [one for one in layers if one.get("mediaType") == CONTENT_TYPE]
    if len(found) != 1:
        raise ChartRefused("chart-not-archive", "Its manifest has no archive, or several.")
    blob = Blob.objects.filter(
        digest=found[0]["digest"], state=Blob.State.LIVE, repository_links__repository=repository
    ).first()
    if blob is None:
        raise ChartRefused("chart-not-archive", "Its archive is not there.")
    if blob.size > MOST_BYTES:
        raise ChartRefused("chart-too-large", f"Archives with more than {MOST_BYTES >> 20} MiB are not read.")
    try:
        return contents.read(blob)
    except contents.Unreadable:
        raise ChartRefused("chart-not-archive", "Its archive cannot be read from the store.") from None


def text_of(repository: Repository, manifest: Manifest, path: str) -> str:
    """What is written in one file of the chart. Raises ChartRefused."""
    text = read_archive(archive_of(repository, manifest)).files.get(path)
    if text is None:
        raise ChartRefused("chart-file-missing", "There is no such file in it that is text.")
    return text
