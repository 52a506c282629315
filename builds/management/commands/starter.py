"""manage.py starter: offer the starter catalogue and order what is not built yet."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from builds.engine.errors import EngineError
from builds.refusals import IndexNotReady
from builds.starter.definitions import definitions
from builds.starter.stock import stock
from tenants.models import Tenant


class Command(BaseCommand):
    """Workers must run for the ordered builds to happen."""

    help = "Fetch the package index, offer the starter images and order those that have no release."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--entitle",
            action="append",
            default=[],
            type=_entitlement,
            metavar="TENANT=IMAGE[,IMAGE…]",
            help="promise images to a tenant; * means all of the starter catalogue",
        )

        parser.add_argument(
            "--image",
            action="append",
            dest="names",
            choices=sorted(definitions()),
            metavar="IMAGE",
            help="only this one; may be given several times (default: all of the starter catalogue)",
        )

    def handle(
        self, *_: Any, entitle: list[tuple[str, list[str]]], names: list[str] | None, **options: Any
    ) -> None:
        try:
            builds = stock(entitled=dict(entitle), say=self._say, names=names)
        except Tenant.DoesNotExist as error:
            raise CommandError("There is no such tenant.") from error
        except (EngineError, IndexNotReady) as error:
            raise CommandError(str(error)) from error
        self._say(f"{len(builds)} builds ordered")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _entitlement(text: str) -> tuple[str, list[str]]:
    slug, is_pair, names = text.partition("=")
    if not (slug and is_pair and names):
        raise ArgumentTypeError(f"{text!r} is not TENANT=IMAGE[,IMAGE…]")
    return slug, names.split(",")
