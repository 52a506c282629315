"""Tags come in byte order, also from a PostgreSQL that sorts words as people do, as that of the tests does."""

from __future__ import annotations

from django.db import connection

from registry.models import Manifest, Repository, Tag
from registry.visibility import View

NAMES = ["1", "10", "2", "A", "Z", "_x", "a", "a-b", "a.b", "b", "latest"]


def test_tags_come_in_byte_order_whatever_the_database_thinks_of_words(db):
    repository = Repository.objects.create(name="it")
    manifest = Manifest.objects.create(digest="sha256:0", media_type="x", content=b"", size=0)
    rows = [Tag(repository=repository, name=name, manifest=manifest) for name in reversed(NAMES)]
    Tag.objects.bulk_create(rows)
    view, pages, last = View(repository), [], ""
    while page := view.tags(last=last, limit=4):
        pages.append(page)
        last = page[-1]
    assert view.tags() == sorted(NAMES)
    assert pages == [sorted(NAMES)[at : at + 4] for at in (0, 4, 8)]
    if connection.vendor == "postgresql":
        by_itself = list(Tag.objects.order_by("name").values_list("name", flat=True))
        assert by_itself != sorted(NAMES), "this database would have shown nothing without a collation"
