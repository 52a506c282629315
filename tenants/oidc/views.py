"""django-allauth's two steps of a sign-in, with a provider that answers nonsense told apart from a fault of ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from requests import RequestException

from tenants.oidc.adapter import back
from tenants.oidc.admit import NotAdmitted

View = Callable[[HttpRequest, str], HttpResponseBase]


def _with_a_refusal(view: View) -> View:
    @wraps(view)
    def asked(request: HttpRequest, provider_id: str) -> HttpResponseBase:
        try:
            return view(request, provider_id)
        except (RequestException, OAuth2Error, KeyError, TypeError, ValueError, AttributeError) as error:
            code = str(getattr(error, "code", "provider_answer"))
            return answer_of(back(request, NotAdmitted(code, f"{type(error).__name__}: {error}")))

    return asked


def answer_of(refusal: ImmediateHttpResponse) -> HttpResponse:
    found: HttpResponse = refusal.response
    return found


login = _with_a_refusal(views.login)
callback = _with_a_refusal(views.callback)
