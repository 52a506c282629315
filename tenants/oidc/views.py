"""django-allauth's two steps of a sign-in, with a provider that answers nonsense told apart from a fault of ours."""

from __future__ import annotations

from collections.abc import Callable

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView, OAuth2View
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from requests import RequestException

from tenants.oidc.adapter import back
from tenants.oidc.admit import NotAdmitted
from tenants.oidc.client import Asking

View = Callable[[HttpRequest, str], HttpResponseBase]


def _step(view: type[OAuth2View]) -> View:
    def asked(request: HttpRequest, provider_id: str) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = view.adapter_view(Asking(request, provider_id))(request)
        except SocialApp.DoesNotExist as error:
            raise Http404 from error
        except (RequestException, OAuth2Error, KeyError, TypeError, ValueError, AttributeError) as error:
            code = str(getattr(error, "code", "provider_answer"))
            return answer_of(back(request, NotAdmitted(code, f"{type(error).__name__}: {error}")))
        return answer

    return asked


def answer_of(refusal: ImmediateHttpResponse) -> HttpResponse:
    found: HttpResponse = refusal.response
    return found


login = _step(OAuth2LoginView)
callback = _step(OAuth2CallbackView)
