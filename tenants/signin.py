"""Sign-in of platform people, and how django-allauth is fitted to our user model."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.stages import EmailVerificationStage
from allauth.core import context
from django.contrib import messages
from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.access import standing_of
from tenants.compiled import compiled
from tenants.models import Tenant, User
from tenants.scope import platform_wide

#: Said only after the right password or key.
SSO_REQUIRED = gettext_lazy(
    "This tenant lets people in by single sign-on alone. Use the button or name of your organisation."
)


def shown_name(user: User) -> str:
    """What a page calls a person; never the login, which is a key for people of a directory."""
    return str(user)


class PlatformBackend(AuthenticationBackend):
    """People of the platform: e-mail and password. Directory people never pass here."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        name = credentials.get("username")
        if isinstance(name, str):
            credentials["username"] = name.strip().lower()
        user = super().authenticate(request, **credentials)
        return user if isinstance(user, User) and user.is_of_platform else None

    def get_user(self, user_id: Any) -> User | None:
        found = _active.first(user_id)
        return found if found and found.is_of_platform else None


@compiled
def _active(key: Any) -> QuerySet[User]:
    return User.objects.filter(pk=key, is_active=True)[:1]


class ProviderBackend(BaseBackend):
    """People of a tenant's OpenID Connect providers, while those are in use. They sign in by `tenants.oidc`."""

    @platform_wide()  # a session is somebody's at any address, also where they may see nothing
    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(
            pk=user_id, is_active=True, provider__is_active=True, provider__tenant__is_active=True
        ).first()


class AccountAdapter(DefaultAccountAdapter):
    """No self-registration: people are invited or come from a directory."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in by the back end of the person's own kind, also where a second step came between."""
        user.backend = _backend_of(user)
        super().login(request, user)

    def get_login_stages(self) -> list[str]:
        """Directories and providers vouch for their people, whose addresses nobody verifies here."""
        verify = "allauth.account.stages.EmailVerificationStage"
        stages: list[str] = super().get_login_stages()
        return ["tenants.signin.VerifyEmail" if each == verify else each for each in stages]

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        user.login = user.email.lower()

    def is_safe_url(self, url: str | None) -> bool:
        """Only this very host: the list of hosts in the settings is open, unlike our table of names."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """As allauth's; but what a directory said is told apart from a wrong password, where it may be."""
        user: User | None = super().authenticate(request, **credentials)
        if user is None:
            _tell_what_the_directory_said(request)
        elif _must_use_sso(request, user):
            raise ValidationError(SSO_REQUIRED, code="sso_required")
        return user

    def pre_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse | None:
        """Whatever the way of signing in: a passkey is no way past single sign-on either."""
        if _must_use_sso(request, user):
            messages.error(request, SSO_REQUIRED)
            return redirect("account_login")
        answer: HttpResponse | None = super().pre_login(request, user, **facts)
        return answer


class VerifyEmail(EmailVerificationStage):
    """Asks people of the platform alone."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if not self.login.user.is_of_platform:
            return None, True
        answer: tuple[HttpResponse | None, bool] = super().handle()
        return answer


def _must_use_sso(request: HttpRequest, user: User) -> bool:
    """Somebody with a password here, at the address of a tenant that lets in none such, who has no right there."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None or not tenant.requires_sso or not user.is_of_platform:
        return False
    return not standing_of(user, tenant).rights


def _backend_of(user: User) -> str:
    if user.is_of_platform:
        return "tenants.signin.PlatformBackend"
    return "tenants.ldap.DirectoryBackend" if user.directory_id else "tenants.signin.ProviderBackend"


def _tell_what_the_directory_said(request: HttpRequest) -> None:
    """Raise ValidationError if a directory did not answer, or knew the person and gave no role."""
    if (refusal := getattr(request, "directory_refusal", None)) is not None:
        raise ValidationError(
            _("Your name and password are right, but none of your groups gives access here. Ask an owner."),
            code=refusal.code,
        )
    if (trouble := getattr(request, "directory_trouble", None)) is not None:
        raise ValidationError(
            _("Your organisation's directory cannot be asked right now. Try again in a minute."),
            code=trouble.code,
        )
