"""manage.py fsck: check that everything the registry promises is in its store, and whole."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.fsck import check


class Command(BaseCommand):
    """Reads only. One line for each finding; the exit status is 1 when there is any."""

    help = "Check stored blobs and manifests against their digests and the rows that name them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sample", type=int, help="hash that many blobs taken by chance (default: all)")

    def handle(self, *_: Any, sample: int | None, **options: Any) -> None:
        found = 0
        for finding in check(sample=sample):
            self.stdout.write(str(finding))
            found += 1
        if found:
            raise CommandError(f"{found} findings.")
        self.stdout.write("Everything is there, and whole.")
