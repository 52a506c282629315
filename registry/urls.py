"""Addresses of the door, for both URL configurations.

A server reaches the door before any middleware (`portal.wsgi`); these serve Django's own test client
and development server.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from registry.door import dispatch


@csrf_exempt
def door(request: HttpRequest) -> HttpResponseBase:
    return dispatch.answer(request)


urlpatterns = [re_path(r"^v2(?:/.*)?$", door), re_path(r"^auth/token$", door)]
