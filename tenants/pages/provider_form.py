"""What is typed on a provider's settings page. Not in charge of what may be saved: `oidc.settings`."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.models import IdentityProvider
from tenants.pages.settings_form import Part
from tenants.pages.source_form import SourceForm

_LINES = {"rows": 5, "spellcheck": "false", "placeholder": "builder: image-builders"}
_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class ProviderForm(SourceForm):
    """The settings, with the secret apart (write-only) and the rules as lines of text."""

    kept_as = "client_secret"
    PARTS = (
        Part("client", _("Provider"), ("name", "issuer", "client_id", "secret", "scopes")),
        Part("groups", _("Groups and roles"), ("groups_claim", "rules", "default_role")),
        Part("lasting", _("How long a sign-in lasts"), ("session_hours", "vouched_days")),
        Part("use", "", ("is_active",)),
    )

    secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        max_length=190,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    rules = forms.CharField(
        label=_("Roles"),
        required=False,
        max_length=20000,
        widget=forms.Textarea(attrs=_LINES),
        help_text=_(
            "One “role: group” a line, the group as the claim spells it. Roles: owner, admin, builder, viewer, "
            "auditor. The strongest wins."
        ),
    )

    class Meta:
        model = IdentityProvider
        fields = (
            "name",
            "issuer",
            "client_id",
            "scopes",
            "groups_claim",
            "default_role",
            "session_hours",
            "vouched_days",
            "is_active",
        )
        labels = {
            "name": _("Name on the button"),
            "issuer": _("Issuer"),
            "client_id": _("Client ID"),
            "scopes": _("Scopes"),
            "groups_claim": _("Claim with the groups"),
            "default_role": _("Role for everyone"),
            "session_hours": _("Hours a session lives"),
            "vouched_days": _("Days access lasts without a sign-in"),
            "is_active": _("People may sign in with this provider"),
        }
        help_texts = {
            "issuer": _("As it calls itself, such as https://login.example.com/realms/staff."),
            "scopes": _("Asked for beside openid, blanks between."),
            "default_role": _("Empty lets in only those whose groups give a role."),
            "session_hours": _("Then the provider is asked again, mostly without a question to the person."),
            "vouched_days": _(
                "A provider does not say whom it removed. Who has not signed in for so long has no role here, and their "
                "access tokens rest, until they sign in again."
            ),
            "is_active": _("Switched off, it lets nobody in and ends its people's sessions and tokens."),
        }
        widgets = {
            "issuer": forms.TextInput(attrs={**_PLAIN, "placeholder": "https://login.example.com"}),
            "client_id": forms.TextInput(attrs=_PLAIN),
            "scopes": forms.TextInput(attrs=_PLAIN),
            "groups_claim": forms.TextInput(attrs=_PLAIN),
        }
