"""Fetching an issuer's documents: https only, guarded addresses, no redirects, bounded in size and time.

Only issuers that a policy of the tenant names are ever asked (see `tenants.trust.exchange`).
"""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from tenants import outside
from tenants.trust.errors import NotTrusted

#: For each step of an answer, and for all of it.
SECONDS, MOST_SECONDS = 5.0, 15.0
_LARGEST = 256 * 1024


class _Guarded(http.client.HTTPSConnection):
    """Connects to the address that was checked, so that a second answer of a name server gains nothing."""

    def connect(self) -> None:
        plain = outside.connect(self.host, self.port, SECONDS)
        context = ssl.create_default_context()
        if settings.ISSUER_CA_FILE:
            context.load_verify_locations(settings.ISSUER_CA_FILE)
        self.sock = context.wrap_socket(plain, server_hostname=self.host)


def fetch_json(address: str) -> dict[str, Any]:
    """The JSON object at an https address. Raises NotTrusted."""
    try:
        parts = urlsplit(address)
        port = parts.port or 443
    except ValueError:
        raise NotTrusted("issuer_address", "The issuer's address is none.") from None
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.fragment:
        raise NotTrusted("issuer_address", "An issuer is reached by https:// alone.")
    connection = _Guarded(parts.hostname, port, timeout=SECONDS)
    try:
        with outside.no_longer_than(MOST_SECONDS):
            connection.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""))
            with connection.getresponse() as answer:  # it holds the socket until it is closed itself
                body = answer.read(_LARGEST + 1)
    except outside.NoWay as error:
        code = "issuer_unreachable" if error.code in {"unreachable", "too_slow"} else "issuer_address"
        raise NotTrusted(code, str(error)) from error
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise NotTrusted("issuer_unreachable", f"The issuer does not answer: {error}.") from error
    finally:
        connection.close()
    return _object(answer.status, body)


def _object(status: int, body: bytes) -> dict[str, Any]:
    if status != http.HTTPStatus.OK or len(body) > _LARGEST:
        raise NotTrusted("issuer_answer", f"The issuer answers {status} or too much.")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotTrusted("issuer_answer", "The issuer's answer is no JSON object.")
    return found
