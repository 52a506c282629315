"""manage.py gc: let go of what no tag, hold or recent history needs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from registry.collect import collect


class Command(BaseCommand):
    """Safe beside a running portal, and safe to interrupt."""

    help = "Collect garbage in the registry: expired uploads, unneeded manifests and blobs."

    def handle(self, *_: Any, **options: Any) -> None:
        done = collect()
        self.stdout.write(
            f"{done.uploads} uploads, {done.manifests} manifests, {done.links} blob links, "
            f"{done.blobs} blobs ({done.size} bytes), {done.strays} strays removed"
        )
