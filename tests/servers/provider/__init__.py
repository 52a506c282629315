"""A real OpenID Connect provider for tests: django-allauth's own, in a process of its own, over TLS."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx2

from tenants.directory.throwaway import certificates
from tests.servers.running import ROOT, any_port

SECRET, PASSWORD = "the client's secret", "a password at the provider"
_FIELD = re.compile(r'<input[^>]*name="([^"]+)"[^>]*?(?:value="([^"]*)")?[^>]*>')


@dataclass
class Provider:
    """`issuer` is what it calls itself; its people are fry (builders), leela (admins) and zoidberg (no group)."""

    issuer: str
    authority: Path
    client_id: str = "assay"

    def let_back_to(self, *addresses: str) -> None:
        """Register where people may be sent back to."""
        self._browser().post("/let-back-to", data={"addresses": "\n".join(addresses)}).raise_for_status()

    def agree(self, asked: str, *, login: str) -> str:
        """What a person does whose browser was sent to `asked`: sign in, agree; gives where they are sent back to."""
        with self._browser() as browser:
            answer = browser.get(asked)
            for _ in range(6):
                if answer.is_redirect:
                    target = urljoin(str(answer.url), answer.headers["location"])
                    if not target.startswith(self.issuer):
                        return target
                    answer = browser.get(target)
                    continue
                fields = dict(_FIELD.findall(answer.text))
                if "password" in fields:
                    fields |= {"login": login, "password": PASSWORD}
                answer = browser.post(str(answer.url), data=fields, headers={"referer": str(answer.url)})
            raise AssertionError(f"{answer.status_code} {answer.url}\n{answer.text[:2000]}")

    def _browser(self) -> httpx2.Client:
        context = ssl.create_default_context(cafile=str(self.authority))
        return httpx2.Client(base_url=self.issuer, verify=context, trust_env=False, timeout=30)


@contextmanager
def provider(place: Path) -> Iterator[Provider]:
    """Serve one on the loopback address."""
    tls, port = certificates(place), any_port()
    argv = [
        sys.executable,
        "-m",
        "tests.servers.provider.serve",
        str(place),
        str(port),
        str(tls.certificate),
        str(tls.key),
    ]
    process = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line, "the provider did not start"
        yield Provider(json.loads(line)["issuer"], tls.authority)
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
