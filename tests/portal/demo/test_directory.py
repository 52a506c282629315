"""The directory beside the demo: serves until told to stop, and leaves nobody waiting for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tenants.directory.slapd import Slapd
from tests.servers.slapd import slapd

__all__ = ["slapd"]
ROOT = Path(__file__).resolve().parents[3]
PREPARE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tenants.onboarding import create_tenant
create_tenant(slug="acme", name="Acme", actor="tests")
"""
STATE = """
import django; django.setup()
from tenants.models import Directory
print(*Directory.unscoped.values_list("is_active", flat=True))
"""


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    var = tmp_path / "with a space"
    var.mkdir()
    (var / "demo.json").write_text(json.dumps({"address": "http://localhost:1"}))
    return {
        **{name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"},
        "ASSAY_VAR": str(var),
        "SECRET_KEY": "x",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "ASSAY_DIRECTORY_ALLOWED_NETWORKS": "127.0.0.0/8",
    }


def python(place: dict[str, str], code: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=place, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def command(place: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "manage.py", "directory", *arguments]
    return subprocess.Popen(
        argv, cwd=ROOT, env=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_it_says_who_gets_in_and_sets_the_row_aside_on_ctrl_c(place: dict[str, str], slapd: Slapd):
    python(place, PREPARE)
    rules = ("--rule=image_admins=admin", "--rule=image_builders=builder")
    running = command(place, "deploy/directory/people.ldif", *rules)
    try:
        said = []
        while (line := running.stdout.readline()) and "Stop with Ctrl-C" not in line:
            said.append(line.strip())
        assert said[0].endswith("sign in to Acme at http://localhost:1/acme/accounts/login/")
        assert "ada  password ada  admin, because of image_admins" in said
        assert "ben  password ben  builder, because of image_builders" in said
        assert any(line.startswith("dora  password dora  stays out") for line in said)
        assert python(place, STATE) == "True"
    finally:
        running.send_signal(signal.SIGINT)
        rest, _ = running.communicate(timeout=30)
    assert running.returncode == 0
    assert "stopped" in rest
    assert python(place, STATE) == "False"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("deploy/directory/people.ldif", "--rule=x=emperor"), "give GROUP=ROLE"),
        (("deploy/directory/people.ldif", "--tenant=nobody"), "no demo with a tenant nobody"),
        (("no-such-file.ldif",), "No directory tree can be read"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence(
    place: dict[str, str], arguments: tuple[str, ...], sentence: str
):
    python(place, PREPARE)
    running = command(place, *arguments)
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 1
    assert sentence in said
    assert "Traceback" not in said


def test_without_a_demo_it_says_what_to_run_first(place: dict[str, str]):
    said, _ = command(place, "deploy/directory/people.ldif").communicate(timeout=60)
    assert "run `make demo` first" in said
    assert "Traceback" not in said
