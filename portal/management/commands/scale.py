"""manage.py scale: a whole catalogue at once, to look at or to measure; and away with it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from builds.engine.formats import format_of
from catalog.scale import load, synthetic
from catalog.scale.shared import DataMissing, SharedData


class Command(BaseCommand):
    """Rows only: nothing of it can be pulled. One transaction, so an interrupted load leaves nothing."""

    help = (
        "Load a made-up catalogue (synthetic) or one from a folder of public data (shared FOLDER) for tests and "
        "benches, or take back what was loaded last (undo)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        made = verbs.add_parser(
            "synthetic", help="made up, by default of the size that pages are measured at"
        )
        usual = synthetic.Size()
        made.add_argument("--images", type=int, default=usual.images)
        made.add_argument("--releases", type=int, default=usual.releases, help="of all images together")
        made.add_argument("--packages", type=int, default=usual.packages, help="of each release")
        real = verbs.add_parser("shared", help="from public data")
        real.add_argument("folder", type=Path)
        for one in (made, real):
            one.add_argument(
                "--beside", action="store_true", help="add to the catalogue that this database has already"
            )
            one.add_argument(
                "--entitled",
                type=int,
                default=0,
                help="images that every tenant is entitled to, beside free ones",
            )
        verbs.add_parser("undo", help="take back what was loaded last, and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            done = self._do(options)
        except (load.CatalogueInUse, load.NothingLoaded, DataMissing, ValueError) as refused:
            hint = " Say --beside to add to it." if isinstance(refused, load.CatalogueInUse) else ""
            raise CommandError(f"{refused}{hint}") from refused
        self.stdout.write(f"{done} in {time.monotonic() - began:.0f} s")

    def _do(self, options: dict[str, Any]) -> str:
        if options["verb"] == "undo":
            return f"{load.undo(say=self.stdout.write)} repositories taken back"
        chosen: dict[str, Any]
        if options["verb"] == "synthetic":
            size = synthetic.Size(options["images"], options["releases"], options["packages"])
            chosen = {"images": synthetic.images(size)}
        else:
            data = SharedData(options["folder"])
            chosen = {"images": data.images(), "charts": data.charts(), "packages": data.packages()}
        loaded = load.load(
            **chosen,
            key_of=lambda ecosystem, version: format_of(ecosystem).version_key(version),
            say=self.stdout.write,
            beside=options["beside"],
            entitled=options["entitled"],
        )
        return f"loaded {loaded}"
