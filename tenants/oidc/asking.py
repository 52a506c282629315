"""How a provider is asked: https alone, guarded addresses, no redirects, bounded in size and time.

django-allauth asks through `requests`, so that this is a session of that library.
"""

from __future__ import annotations

import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

import requests
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from tenants import outside

#: For each step of an answer, and for all of it.
SECONDS, MOST_SECONDS = 5.0, 15.0
LARGEST = 512 * 1024


class Refused(requests.RequestException, OAuth2Error):
    """An address that is not asked, or an answer that is not read; `code` is stable.

    Of both kinds, since django-allauth expects one of them here and the other there.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Session(requests.Session):
    """Takes no proxy, credentials or cookies from anywhere, and follows nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 0
        self.mount("https://", _Guarded())
        self.mount("http://", _Never())

    def request(self, method: str, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = SECONDS
        try:
            with outside.no_longer_than(MOST_SECONDS):
                answer = super().request(method, url, *args, **kwargs)
            answer.raise_for_status()
        except Refused:
            raise
        except outside.NoWay as error:
            raise Refused(f"provider_{error.code}", str(error)) from error
        except requests.TooManyRedirects:
            raise Refused(
                "provider_redirects", "The provider leads elsewhere, which is not followed."
            ) from None
        except requests.HTTPError:
            raise Refused("provider_answer", f"The provider answers {answer.status_code}.") from None
        except (requests.RequestException, OSError) as error:
            raise Refused(
                "provider_unreachable", f"The provider does not answer: {_short(error)}."
            ) from error
        return answer


class _Connection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return outside.connect(self.host, self.port or 443, SECONDS)


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


class _Guarded(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = ssl.create_default_context()
        if settings.ISSUER_CA_FILE:
            context.load_verify_locations(settings.ISSUER_CA_FILE)
        super().init_poolmanager(*args, ssl_context=context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _Pool}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if urlsplit(request.url or "").username:
            raise Refused("provider_address", "The provider's address carries a name or password.")
        try:
            response = super().send(request, *args, **{**kwargs, "stream": True})
            response._content = _read(response.raw)  # noqa: SLF001 - as `requests` itself, but bounded
        finally:
            self.close()  # a connection that is kept would belong to the time of an earlier question
        return response


class _Never(BaseAdapter):
    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        raise Refused("provider_address", "A provider is asked by https:// alone.")

    def close(self) -> None:
        """There is nothing to close."""


def _short(error: Exception) -> str:
    """The reason without the library's names and addresses of objects."""
    return "its certificate does not fit" if "CERTIFICATE" in str(error) else type(error).__name__


def _read(raw: Any) -> bytes:
    found = bytearray()
    while piece := raw.read1(65536, decode_content=True):
        found += piece
        if len(found) > LARGEST:
            raise Refused("provider_answer", "The provider's answer is too long.")
    return bytes(found)
