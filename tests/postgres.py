"""Run tests once more on a PostgreSQL of their own, as an ordinary role that row-level security holds.

    python -m tests.postgres all|few|PATH... [options of pytest]

`few` are the tests of the doors, through which every row is asked for as a tenant; CI runs them after all others.
What starts processes of its own is left out: they have their own database, as everywhere.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.servers.databases import postgres

ALL = (
    "tests/registry",
    "tests/portal/platform",
    "tests/catalog",
    "tests/tenants",
    "tests/builds/api",
    "tests/isolation",
)
FEW = (
    *("tests/registry/api", "tests/registry/pages", "tests/portal/platform", "tests/builds/api"),
    *(
        f"tests/registry/test_{name}.py"
        for name in ("byte_order", "pins", "quota_uploads", "rename", "staging", "tags")
    ),
    *(
        "tests/catalog/test_free.py",
        "tests/catalog/charts/test_classic.py",
        "tests/catalog/charts/test_publish.py",
        "tests/tenants/test_compiled.py",
        "tests/tenants/test_trust_door.py",
        "tests/catalog/pages/test_limits.py",
        "tests/portal/test_no_nul.py",
    ),
)
SETS = {"all": ALL, "few": FEW}
#: What is of SQLite, or starts a PostgreSQL or a portal itself.
NOT_HERE = (
    "tests/catalog/scale",
    "tests/registry/test_killed_upload.py",
    "tests/registry/test_nginx.py",
    "tests/registry/test_state_machine.py",
    "tests/registry/test_throttle_together.py",
    "tests/registry/test_unsynced.py",
    "tests/tenants/test_wall.py",
)


def main() -> int:
    ignored = [f"--ignore={path}" for path in NOT_HERE]
    asked = [path for word in sys.argv[1:] for path in SETS.get(word, (word,))]
    command = [sys.executable, "-m", "pytest", *ignored, *asked]
    with postgres() as url:
        environ = os.environ | {"ASSAY_TESTS_DATABASE": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        return subprocess.run(command, env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
