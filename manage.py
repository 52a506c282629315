#!/usr/bin/env python
"""The command line of the portal."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line

    from tenants.scope import platform_wide

    with platform_wide():  # whoever has a command line here is the operator
        execute_from_command_line(sys.argv)
