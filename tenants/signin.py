"""Sign-in of platform people, and how django-allauth is fitted to our user model."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest


class PlatformBackend(AuthenticationBackend):
    """People of the platform: e-mail and password. Directory people never pass here."""


class AccountAdapter(DefaultAccountAdapter):
    """No self-registration: people are invited or come from a directory."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        user.login = user.email.lower()
