"""manage.py scrub: read stored blobs again and withhold what is damaged."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.scrub import scrub


class Command(BaseCommand):
    """Safe beside a running portal. The exit status is 1 when something had to be withheld."""

    help = "Hash the blobs that were not read for longest; one that is damaged is served to nobody."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="read every blob, not only this hour's share")

    def handle(self, *_: Any, **options: Any) -> None:
        done = scrub(is_all=options["all"])
        self.stdout.write(
            f"{done.blobs} blobs ({done.size} bytes) read, {done.withheld} withheld, {done.released} whole again"
        )
        if done.withheld:
            raise CommandError("Damaged blobs were withheld; the log names them.")
