"""The choice between the system's colours, light and dark: one cookie, read by the page frame."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

COOKIE = "assay_theme"
ONE_YEAR = 365 * 24 * 3600
CHOICES = frozenset({"light", "dark"})


def chosen(request: HttpRequest) -> str:
    """Light or dark; "" for the system's."""
    asked = request.COOKIES.get(COOKIE, "")
    return asked if asked in CHOICES else ""


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember the choice and go back to where it was made; anything but light or dark is the system's."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("home")
    response = HttpResponseRedirect(back)
    theme = request.POST.get("theme", "")
    if theme in CHOICES:
        response.set_cookie(
            COOKIE,
            theme,
            max_age=ONE_YEAR,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(COOKIE)
    return response
