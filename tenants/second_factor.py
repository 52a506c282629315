"""Authenticator apps and security keys, fitted to our people: how django-allauth's part of it is adjusted.

A passkey stands in for a password. People of a directory or provider have none here: it decides at each
sign-in, so their keys are a second step only, never a way past it.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, LoginWebAuthnForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tenants import secrets


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps are sealed, so that a database dump alone makes no codes."""

    def encrypt(self, text: str) -> str:
        return secrets.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.unseal(encrypted_text)


class AddKeyForm(AddWebAuthnForm):
    """Offers a key without a password only to those who have a password here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.user.is_of_platform:
            self.fields.pop("passwordless", None)


class SignInByKeyForm(LoginWebAuthnForm):
    """Raises ValidationError for the key of somebody whom a directory must let in."""

    def clean_credential(self) -> Authenticator:
        authenticator: Authenticator = super().clean_credential()
        if not authenticator.user.is_of_platform:
            sentence = _("Sign in with your directory's password; this key is asked for after it.")
            raise ValidationError(sentence, code="key_is_second_step")
        return authenticator
