"""Accept what a rebuild's packages can newly do: order the same image again, in a person's name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from builds.accept import CannotAccept, accept
from builds.refusals import IndexNotReady, OrderRefused


class Command(BaseCommand):
    help = "Order a rebuild again that was held back because its packages can do more; it is then published."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("build", type=UUID, help="the build that was held back")
        parser.add_argument(
            "--actor", required=True, help="who looked at it; stands in the release's history"
        )

    def handle(self, *_: Any, build: UUID, actor: str, **options: Any) -> None:
        try:
            ordered = accept(build_id=build, actor=actor)
        except (CannotAccept, OrderRefused, IndexNotReady) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"ordered {ordered.pk}")
