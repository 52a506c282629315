"""`manage.py catalogue`: build, test, sign and publish the whole starter catalogue, then end."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from builds.engine.errors import EngineError
from builds.refusals import IndexNotReady
from builds.starter.definitions import definitions
from portal.demo import catalogue
from portal.demo.ports import NoFreePort
from portal.demo.statics import StaticsFailed
from portal.demo.supervisor import Stopped


class Command(BaseCommand):
    help = "Publish what is missing of the starter catalogue. Ends with 1 when something failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the port to use if it is free")
        parser.add_argument(
            "images",
            nargs="*",
            metavar="IMAGE",
            choices=[[], *sorted(definitions())],
            help="only these (default: all)",
        )

    def handle(self, *, port: int, images: list[str], **options: Any) -> None:
        os.umask(0o077)
        os.chdir(settings.BASE_DIR)
        try:
            tally = catalogue.run(
                place=Path(settings.VAR).resolve(), port=port, names=images or None, say=self._say
            )
        except (EngineError, IndexNotReady, NoFreePort, StaticsFailed) as refused:
            raise CommandError(str(refused)) from refused
        except (Stopped, KeyboardInterrupt):
            self._say("stopped; what is published stays, and the rest is built the next time")
            sys.exit(130)
        self.stdout.write(str(tally))
        if tally.failed:
            sys.exit(1)

    def _say(self, sentence: str) -> None:
        self.stdout.write(f"catalogue: {sentence}")
        self.stdout.flush()
