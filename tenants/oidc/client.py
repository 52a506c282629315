"""django-allauth's client of OpenID Connect, held to what this portal expects of a sign-in.

The provider calls itself what the tenant typed (OpenID Connect Discovery 1.0, 4.3), the ID token answers this very
question (Core 1.0, 3.1.3.7 (11): the nonce), and a link to the sign-in decides nothing of what the provider is asked.
Not in charge of who gets in: see `tenants.oidc.admit`.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest

from tenants.oidc.asking import Refused


class Asking(OpenIDConnectOAuth2Adapter):
    """One sign-in: what the provider's documents, its token endpoint and its ID token say."""

    _verifier = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        found: dict[str, Any] = super().openid_config
        if found.get("issuer") != self.get_provider().app.settings["issuer"]:
            raise Refused("provider_issuer", f"The provider calls itself {str(found.get('issuer'))[:200]}.")
        return found

    def get_access_token_data(self, *args: Any, pkce_code_verifier: str | None = None, **more: Any) -> Any:
        self._verifier = pkce_code_verifier or ""
        return super().get_access_token_data(*args, pkce_code_verifier=pkce_code_verifier, **more)

    def complete_login(self, *args: Any, **more: Any) -> SocialLogin:
        login = super().complete_login(*args, **more)
        token = login.account.extra_data.get("id_token") or {}
        if not self._verifier or token.get("nonce") != nonce_of(self._verifier):
            raise Refused("provider_nonce", "The provider's answer belongs to another sign-in.")
        return login


class Provider(OpenIDConnectProvider):
    """Asks with a nonce, and for what the tenant's settings say alone."""

    oauth2_adapter_class = Asking

    def get_pkce_params(self) -> dict[str, str]:
        asked: dict[str, str] = super().get_pkce_params()
        return asked | {"nonce": nonce_of(asked["code_verifier"])}

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        """Not the link's: it could name another place to be sent back to."""
        found: dict[str, str] = self.get_auth_params()
        return found

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        found: list[str] = self.get_scope()
        return found


def nonce_of(verifier: str) -> str:
    """Of the secret that stays in the person's session (15.5.2 asks for a hash of such a one)."""
    digest = hashlib.sha256(f"nonce {verifier}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
