"""manage.py quota: how much a tenant stores, and how much it may."""

from __future__ import annotations

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry import quota
from registry.models import Quota
from tenants.models import Tenant

_UNITS = {"": 1, "MB": 10**6, "GB": 10**9, "TB": 10**12}


class Command(BaseCommand):
    """Without a limit it only says how things stand."""

    help = "Say how much a tenant stores; with a limit (500MB, 20GB, none), set how much it may."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant")
        parser.add_argument("limit", nargs="?")

    def handle(self, *_: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        if options["limit"] is not None:
            quota.limit(tenant=tenant, most_bytes=_bytes(options["limit"]))
        most = Quota.objects.filter(tenant=tenant).first()
        limit = f"{most.most_bytes} bytes" if most else "any amount"
        stored, held = quota.stored_by(tenant), quota.held_by_uploads(tenant)
        under_way = f" (and {held} in uploads under way)" if held else ""
        self.stdout.write(f"{tenant.slug} stores {stored} bytes{under_way} and may store {limit}.")


def _bytes(text: str) -> int | None:
    if text == "none":
        return None
    match = re.fullmatch(r"([0-9]{1,15})(|MB|GB|TB)", text)
    if match is None:
        raise CommandError("Give a limit such as 500MB, 20GB or none.")
    return int(match[1]) * _UNITS[match[2]]
