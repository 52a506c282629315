"""`python -m tests.browser.fill`: migrate the database that the environment names, and fill it with the world."""

from __future__ import annotations

import django
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    from tests.browser import world

    call_command("migrate", verbosity=0)
    world.fill()
