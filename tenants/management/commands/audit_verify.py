"""`manage.py audit_verify`: whether anybody changed, removed or inserted an entry of the audit trail."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants import audit
from tenants.models import AuditEntry, Tenant


class Command(BaseCommand):
    help = (
        "Recompute the audit chains; status 1 if one is broken. Keep the printed heads elsewhere and pass them "
        "with --head: only they show that the newest entries were cut off."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", help="only this tenant's chain (its slug, or “platform”)")
        parser.add_argument(
            "--head", action="append", default=[], metavar="NAME:NUMBER:HASH", help="a line printed earlier"
        )

    def handle(self, *, tenant: str | None, head: list[str], **options: Any) -> None:
        names = {audit.PLATFORM: audit.PLATFORM} | {each.slug: str(each.pk) for each in Tenant.objects.all()}
        if tenant is not None and tenant not in names:
            raise CommandError(f"There is no tenant {tenant}.")
        wanted = {tenant: names[tenant]} if tenant else names
        broken = [name for name, chain in wanted.items() if not self._is_whole(name, chain)]
        broken += [text for text in head if not self._is_there(text, names)]
        if broken:
            raise CommandError(f"{len(broken)} of the audit trail is broken: {', '.join(broken)}.")

    def _is_whole(self, name: str, chain: str) -> bool:
        state = audit.verify(chain)
        if state.broken_at is not None:
            self.stdout.write(f"{name}: BROKEN at entry {state.broken_at}")
            return False
        newest = AuditEntry.objects.filter(chain=chain, sequence=state.entries).first()
        self.stdout.write(f"{name}:{state.entries}:{newest.hash if newest else ''}")
        return True

    def _is_there(self, text: str, names: dict[str, str]) -> bool:
        name, _, rest = text.partition(":")
        number, _, digest = rest.partition(":")
        if name not in names or not number.isdecimal():
            raise CommandError(f"{text}: give a line that this command printed, such as acme:12:3f….")
        if int(number) < audit.start_of(names[name])[1] and digest:
            self.stdout.write(f"{name}: entry {number} is older than what is kept")
            return True
        kept = AuditEntry.objects.filter(chain=names[name], sequence=int(number)).first()
        is_there = (kept.hash if kept else "") == digest
        if not is_there:
            self.stdout.write(f"{name}: BROKEN, entry {number} is not the one that was seen before")
        return is_there
