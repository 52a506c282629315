"""manage.py free: open the latest of every free image to the world, or close it again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog import free


class Command(BaseCommand):
    """The free tier is a tenant without people, by default called free."""

    help = "Open the free tier, where anyone pulls the latest of free images without an account; or close it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["open", "close"])
        parser.add_argument("--slug", default="free", help="its name in addresses")

    def handle(self, *_: Any, **options: Any) -> None:
        slug = options["slug"]
        if options["what"] == "close":
            closed = free.close_tier(actor="operator", slug=slug)
            self.stdout.write(f"{slug} is closed." if closed else f"{slug} was not open.")
            return
        try:
            tenant = free.open_tier(actor="operator", slug=slug)
        except free.SlugTaken as refused:
            raise CommandError(str(refused)) from refused
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from refused
        address = f"{settings.PORTAL_SCHEME}://{settings.PORTAL_HOST}/{slug}/"
        self.stdout.write(f"{tenant.entitlements.count()} images are open to everyone at {address}")
