"""Which language an answer is in: what a person chose, else what the browser asks for; machines are told English.

The choice is a cookie of one host, as all cookies here. Not in charge of setting it: that is Django's `set_language`,
which leads back only to addresses of the same host.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

#: Below these, behind a tenant's prefix too, nobody reads: the words of the answers are part of the interface.
MACHINES = (
    "/v2/",
    "/auth/",
    "/api/",
    "/.well-known/",
    "/charts/index.yaml",
    "/healthz",
    "/readyz",
    "/tls-allowed",
)


class LanguageMiddleware(LocaleMiddleware):
    """Django's, but for doors of machines, and with what the answer depends on said in full."""

    def process_request(self, request: HttpRequest) -> None:
        if _is_for_machines(request):
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE
        else:
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if _is_for_machines(request) or not response.get("Content-Type", "").startswith("text/html"):
            return response
        # The cookie comes before the browser's wish: a cache that knew only of this one would mix languages.
        patch_vary_headers(response, ("Cookie",))
        return super().process_response(request, response)


def _is_for_machines(request: HttpRequest) -> bool:
    path = request.path_info
    return path == "/v2" or path.startswith(MACHINES)
