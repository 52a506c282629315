"""What is typed on a directory's settings page. Not in charge of what may be saved: `directory.settings`."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.models import Directory
from tenants.pages.settings_form import Part
from tenants.pages.source_form import SourceForm

_LINES = {"rows": 3, "spellcheck": "false"}
_NOTES = {
    "uris": _("One ldap:// or ldaps:// address a line; the first that answers is asked."),
    "ca_certificates": _("PEM. Empty trusts the public authorities only."),
    "bind_dn": _("The account that searches. Empty asks anonymously."),
    "user_filter": _("Only entries that match may sign in."),
    "login_attribute": _("What people type as their name, such as uid or sAMAccountName."),
    "group_base": _("Empty reads no groups; then everyone gets the role for everyone."),
    "group_filter": _("Only groups that match count. Empty counts all."),
    "required_group": _("DN or name. Without it nobody gets in, whatever their other groups."),
    "timeout_seconds": _("1 to 30, for each step."),
    "is_active": _("Switched off, it lets nobody in and ends the sessions and tokens of its people."),
}


class DirectoryForm(SourceForm):
    """The settings, with the password apart (write-only) and the rules as lines of text."""

    kept_as = "bind_secret"
    PARTS = (
        Part(
            "server",
            _("Server"),
            ("name", "uris", "encryption", "ca_certificates", "bind_dn", "secret", "timeout_seconds"),
        ),
        Part("people", _("People"), ("user_base", "user_scope", "user_filter", "login_attribute")),
        Part(
            "groups",
            _("Groups and roles"),
            ("group_base", "group_type", "group_filter", "rules", "default_role", "required_group"),
        ),
        Part("use", "", ("is_active",)),
    )

    secret = forms.CharField(
        label=_("Password of the search account"),
        required=False,
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    rules = forms.CharField(
        label=_("Roles"),
        required=False,
        max_length=20000,
        widget=forms.Textarea(attrs={**_LINES, "rows": 6, "placeholder": "builder: image_builders"}),
        help_text=_(
            "One “role: group” a line; the group by name or DN. Roles: owner, admin, builder, viewer, auditor. "
            "The strongest wins."
        ),
    )

    class Meta:
        model = Directory
        fields = (
            "name",
            "uris",
            "encryption",
            "ca_certificates",
            "bind_dn",
            "user_base",
            "user_scope",
            "user_filter",
            "login_attribute",
            "group_base",
            "group_type",
            "group_filter",
            "default_role",
            "required_group",
            "timeout_seconds",
            "is_active",
        )
        labels = {
            "name": _("Name"),
            "uris": _("Addresses"),
            "encryption": _("Encryption"),
            "ca_certificates": _("Your certificate authority"),
            "bind_dn": _("Search account (DN)"),
            "user_base": _("People are below"),
            "user_scope": _("How deep"),
            "user_filter": _("Filter for people"),
            "login_attribute": _("Sign-in attribute"),
            "group_base": _("Groups are below"),
            "group_type": _("Kind of groups"),
            "group_filter": _("Filter for groups"),
            "default_role": _("Role for everyone"),
            "required_group": _("Required group"),
            "timeout_seconds": _("Seconds to wait"),
            "is_active": _("People may sign in with this directory"),
        }
        help_texts = _NOTES
        widgets = {
            "uris": forms.Textarea(attrs={**_LINES, "rows": 2, "placeholder": "ldap://ldap.example.com"}),
            "ca_certificates": forms.Textarea(attrs=_LINES),
        }
