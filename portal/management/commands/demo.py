"""`manage.py demo`: the whole product on this machine, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError

from builds.engine.errors import DiskFull
from portal.demo import run
from portal.demo.lock import DemoRuns
from portal.demo.ports import NoFreePort
from portal.demo.statics import StaticsFailed


class Command(BaseCommand):
    help = "Run web, worker, signer and scheduler here, with two tenants and three people."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the port to use if it is free")
        parser.add_argument("--no-catalogue", action="store_true", help="do not build the starter catalogue")

    def handle(self, *, port: int, no_catalogue: bool, **options: Any) -> None:
        os.umask(0o077)
        os.chdir(settings.BASE_DIR)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)  # until the supervisor takes over
        has_starter = not no_catalogue and "starter" in get_commands()
        try:
            run.run(place=Path(settings.VAR).resolve(), port=port, has_starter=has_starter, say=self._say)
        except (DemoRuns, NoFreePort, StaticsFailed, DiskFull) as refused:
            raise CommandError(str(refused)) from refused
        except KeyboardInterrupt:
            self._say("demo: stopped before it answered; nothing is lost")
            sys.exit(128 + signal.SIGINT)

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
