"""The WSGI door: the registry's addresses go straight to it, everything else through Django's stack."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
_django = get_wsgi_application()

from django.conf import settings  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest, get_path_info  # noqa: E402

from portal import tidy  # noqa: E402
from registry import memory, pulls  # noqa: E402
from registry.door import dispatch, remembered  # noqa: E402

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

if settings.ROLE == "web":
    pulls.start_writer()
    memory.start()
    for urls in (settings.ROOT_URLCONF, settings.TENANT_URLCONF):
        import_module(urls)  # no visitor waits for the views to be read
    tidy.start()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    if (again := remembered.again(environ)) is not None:
        start_response("200 OK", again[0])
        return [again[1]]
    if not dispatch.serves(get_path_info(environ)):
        return _django(environ, start_response)
    # A pull needs no session, language or template: on this path the middleware stack is most of the cost.
    request_started.send(sender=WSGIHandler, environ=environ)
    response: Any = dispatch.answer(WSGIRequest(environ))
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    if response.streaming:
        return response  # type: ignore[no-any-return]
    response.close()
    return [response.content]  # a list is sent in one piece


if settings.TRUSTED_PROXIES:
    from granian.utils.proxies import wrap_wsgi_with_proxy_headers

    application = wrap_wsgi_with_proxy_headers(application, trusted_hosts=settings.TRUSTED_PROXIES)
