"""One request of the walk, and how its answer is judged."""

from __future__ import annotations

import json
import re

from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from tenants.models import User
from tests.isolation.world import CANARY

#: Counted over a whole run, for the last line of `make isolation`.
COUNTS = {"requests": 0, "leaks": 0}
#: 405 is the same for everyone, whatever exists.
NOTHING = frozenset({404, 405})
#: What every page says of its own making: tokens of forms, and the minute of the line on paper.
OF_THE_MOMENT = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|, as of [\d-]+ [\d:]+ UTC')
#: What is posted to the API: well-formed for every worker route, so that refusals are about rights.
BODY = {
    "worker": "walker",
    "index": f"sha256:{'0' * 64}",
    "media_type": "application/vnd.oci.image.index.v1+json",
    "platforms": {},
    "packages": [],
    "tests": {},
    "scan": {},
    "code": "failed",
    "sentence": "It failed.",
    "is_fault": False,
}


class Visitor:
    """Someone at one address: by the tenant's own host, or by path on the portal's."""

    def __init__(self, user: User | None, host: str, prefix: str = "", bearer: str = "") -> None:
        self.user, self.host, self.prefix, self.bearer = user, host, prefix, bearer
        self._browser: Client | None = None

    def ask(self, method: str, path: str) -> HttpResponse:
        """Ask with the same session as before, which no refused request may change."""
        COUNTS["requests"] += 1
        cache.clear()  # nobody is slowed down for asking so often
        self._browser = self._browser or self._new_browser()
        body = (
            {"data": json.dumps(BODY), "content_type": "application/json"} if path.startswith("/api/") else {}
        )
        return getattr(self._browser, method.lower())(
            self.prefix + path, **(body if method == "POST" else {})
        )

    def _new_browser(self) -> Client:
        headers = {"host": self.host}
        if self.bearer:
            headers["authorization"] = f"Bearer {self.bearer}"
        browser = Client(headers=headers, raise_request_exception=False)
        if self.user is not None:
            browser.force_login(self.user, backend="tenants.signin.PlatformBackend")
        return browser


def body_of(answer: HttpResponse) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace")


def told(answer: HttpResponse, *asked: str) -> str:
    """What an answer says beyond what was asked: without its moment and the words of the request."""
    text = OF_THE_MOMENT.sub("", body_of(answer))
    for word in sorted(asked, key=len, reverse=True):
        text = text.replace(word, "…")
    return text


def shows_canary(answer: HttpResponse, *asked: str) -> bool:
    headers = " ".join(f"{name}: {value}" for name, value in answer.items() if name != "Location")
    return CANARY in told(answer, *asked) or CANARY in headers


def note(leaks: list[str], is_leak: bool, sentence: str) -> None:
    if is_leak:
        COUNTS["leaks"] += 1
        leaks.append(sentence)
