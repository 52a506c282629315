"""Every command that an image's page offers to copy works as it is pasted into a shell."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from tests.readme.test_readme import BUILT, missing, programs
from tests.servers.running import RunningPortal

__all__ = ["programs"]

TABS = ("overview", "tags", "packages", "vulnerabilities", "sbom", "verify", "layers", "compare")
#: What the commands need; docker itself is stood in for by skopeo, since there is no daemon here.
NEEDS = ("cosign", "oras", "skopeo", "curl", "jq")
Get = Callable[[str], str]


def reader(portal: RunningPortal, who: str | None = None) -> Get:
    """Gets pages as that person, or as a stranger."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(path: str, form: dict[str, str] | None = None) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        with opener.open(f"http://localhost:{portal.port}{path}", data, timeout=60) as answer:
            return str(answer.read().decode())

    if who is not None:
        person = portal.person(who)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', get("/accounts/login/"))
        assert token is not None
        get(
            "/accounts/login/",
            {"csrfmiddlewaretoken": token[1], "login": person["login"], "password": person["password"]},
        )
    return get


def offered(get: Get, page: str) -> list[str]:
    """What can be copied on the tabs of `page`, each once and in order."""
    found = [
        html.unescape(text)
        for tab in TABS
        for text in re.findall(r'data-copy="([^"]*)"', get(f"{page}?tab={tab}"))
    ]
    return [text for text in dict.fromkeys(found) if not text.startswith(("sha256:", "docker login "))]


def golden(portal: RunningPortal, token: str) -> str:
    """A golden image of acme that is built now; gives its name."""

    def api(path: str, order: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            f"http://localhost:{portal.port}/acme/api/v1/{path}",
            json.dumps(order).encode() if order else None,
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    build = api("builds/", {"name": "pasted", "base": "static:latest", "customisation": {"env": {"A": "1"}}})
    deadline = time.monotonic() + BUILT
    while (found := api(f"builds/{build['id']}/"))["state"] not in ("succeeded", "failed", "cancelled"):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert found["state"] == "succeeded", found
    return "pasted"


def pasted(command: str) -> str:
    """The command; of docker's, and of a Dockerfile, whether every image that it names can be pulled."""
    if not command.startswith(("docker ", "FROM ")):
        return command
    named = re.findall(r"localhost:[0-9]+/[\w./:@-]+", command)
    assert named, command
    return " && ".join(f"skopeo inspect --raw --tls-verify=false docker://{name}" for name in named)


def paste(command: str, folder: Path, path: str) -> None:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", pasted(command)],
        cwd=folder,
        env={**os.environ, "PATH": path, "HOME": str(folder), "DOCKER_CONFIG": str(folder),
             "REGISTRY_AUTH_FILE": str(folder / "config.json")},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stderr}"


@pytest.mark.parametrize("page", ["/free/images/python/", "/acme/images/redis/", "/acme/golden/{golden}/"])
def test_what_a_page_offers_to_copy_works_when_pasted(
    running_portal: RunningPortal, programs: Path, tmp_path: Path, page: str
) -> None:
    running_portal.wait_for("the starter catalogue is complete", seconds=BUILT)
    path = f"{programs}:{os.environ['PATH']}"
    if absent := missing(NEEDS, path):
        pytest.skip(f"{', '.join(absent)} not installed; see make clients")
    who = None if page.startswith("/free/") else "owner"
    auths = {}
    if who is not None:
        token = running_portal.person(who)["token"]
        pair = base64.b64encode(f"anyone:{token}".encode()).decode()
        auths = {f"localhost:{running_portal.port}": {"auth": pair}}
        page = page.format(golden=golden(running_portal, token) if "{" in page else "")
    (tmp_path / "config.json").write_text(json.dumps({"auths": auths}))

    commands = offered(reader(running_portal, who), page)
    for command in commands:
        paste(command, tmp_path, path)

    assert {command.split()[0] for command in commands} - {"FROM"} == {"docker", "curl", "cosign", "oras"}
    assert json.loads((tmp_path / "sbom.spdx.json").read_text())["spdxVersion"] == "SPDX-2.3"
