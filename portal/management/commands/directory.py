"""`manage.py directory`: an LDAP server beside the demo, until Ctrl-C."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from portal.demo.directory import serve
from portal.demo.people import read_kept
from tenants.directory import tree
from tenants.directory.slapd import SlapdTrouble
from tenants.models import Tenant
from tenants.roles import Role


class Command(BaseCommand):
    help = "Serve an LDIF tree on loopback and let its people sign in to one tenant, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ldif", type=Path, help="an LDIF file, or a folder with one")
        parser.add_argument("--tenant", default="acme", help="the slug of the tenant")
        parser.add_argument(
            "--rule", action="append", default=[], metavar="GROUP=ROLE", help="what a group gives; repeatable"
        )

    def handle(self, *, ldif: Path, tenant: str, rule: list[str], **options: Any) -> None:
        os.umask(0o077)
        place = Path(settings.VAR).resolve()
        address = read_kept(place / "demo.json").get("address")
        rules = dict(self._rule(text) for text in rule)
        try:
            found = Tenant.objects.filter(slug=tenant, is_active=True).first()
            if found is None or not address:
                raise CommandError(f"There is no demo with a tenant {tenant} here; run `make demo` first.")
            where = f"{address}/{found.slug}/accounts/login/"
            serve(
                place=place / "run" / "directory",
                tenant=found,
                tree=tree.read(ldif),
                rules=rules,
                where=where,
                say=self._say,
            )
        except (tree.NoTree, SlapdTrouble) as trouble:
            raise CommandError(str(trouble)) from trouble
        except OperationalError as error:
            raise CommandError(f"There is no demo here; run `make demo` first ({error}).") from error

    def _rule(self, text: str) -> tuple[str, Role]:
        # The role comes last, since a group may be a DN.
        group, _, role = text.rpartition("=")
        if not group or role not in Role.values:
            raise CommandError(f"{text}: give GROUP=ROLE with one of {', '.join(Role.values)}.")
        return group, Role(role)

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
