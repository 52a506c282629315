"""Access tokens as API credentials. Which tenant they reach is decided by `tenants.access.needs`."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tenants import tokens
from tenants.models import AccessToken, User
from tenants.scope import platform_wide


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`. A bad or dead token is 401, never an anonymous request."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        with (
            platform_wide()
        ):  # whose it is, is found out among all: at another tenant's address it is good, too
            token = tokens.authenticate(secret.strip())
        if token is None or token.user is None:
            raise AuthenticationFailed("This access token is unknown, expired or revoked.", code="bad_token")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
