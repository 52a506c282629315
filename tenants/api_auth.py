"""Access tokens as API credentials."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from tenants.models import AccessToken, User


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        return None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
