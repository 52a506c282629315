"""What is typed on a trust policy's page. Not in charge of what may be saved: the model and `trust.policies`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tenants.models import TrustPolicy
from tenants.pages.settings_form import Part, SettingsForm

_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
ACTIONS = [("pull", _("Pull images and charts")), ("push", _("Push to the tenant's own repositories"))]

#: The name of a claim may be an address, so that the colon is one before a blank.
_CLAIM = re.compile(r"(.+?)\s*(?::(=)|:\s)\s*(.+)")


class PolicyForm(SettingsForm):
    """The settings, with the claims as lines of text."""

    PARTS = (
        Part(
            "who",
            _("Whom it trusts"),
            ("name", "issuer", "issuer_pattern", "subject", "subject_pattern", "audience", "wanted"),
        ),
        Part("what", _("What it gives"), ("actions", "repositories", "minutes")),
        Part("use", "", ("is_active", "is_enforced")),
    )

    actions = forms.MultipleChoiceField(
        label=_("It may"), choices=ACTIONS, widget=forms.CheckboxSelectMultiple
    )
    wanted = forms.CharField(
        label=_("Further claims"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "placeholder": "repository_owner_id: 65"}
        ),
        help_text=_(
            "One “name: text” a line, each exactly as in the token; for a number or true and false “name := value”."
        ),
    )

    class Meta:
        model = TrustPolicy
        fields = (
            "name", "issuer", "issuer_pattern", "subject", "subject_pattern", "audience", "actions",
            "repositories", "minutes", "is_active", "is_enforced",
        )  # fmt: skip
        labels = {
            "name": _("Name"),
            "issuer": _("Issuer"),
            "issuer_pattern": _("or a pattern of issuers"),
            "subject": _("Subject"),
            "subject_pattern": _("or a pattern of subjects"),
            "audience": _("Audience"),
            "repositories": _("Repositories"),
            "minutes": _("Minutes it lasts"),
            "is_active": _("In use"),
            "is_enforced": _("Let in what it trusts"),
        }
        help_texts = {
            "issuer": _("Whose tokens: GitHub's is https://token.actions.githubusercontent.com."),
            "subject": _("Who in there, such as repo:acme/shop:ref:refs/heads/main."),
            "subject_pattern": _("A regular expression that all of the subject must match."),
            "audience": _("What the token must be made for. Ask for exactly this in the workflow."),
            "repositories": _("* is all of them; team-*/* is a pattern."),
            "minutes": _("At most 60, and never longer than the token itself."),
            "is_enforced": _("Otherwise it only writes to the audit trail what it would have let in."),
        }
        widgets = {
            "issuer": forms.TextInput(
                attrs={**_PLAIN, "placeholder": "https://token.actions.githubusercontent.com"}
            ),
            "issuer_pattern": forms.TextInput(
                attrs={**_PLAIN, "placeholder": r"https://gitlab\.example\.com/.*"}
            ),
            "subject": forms.TextInput(attrs={**_PLAIN, "placeholder": "repo:acme/shop:ref:refs/heads/main"}),
            "subject_pattern": forms.TextInput(
                attrs={**_PLAIN, "placeholder": "repo:acme/shop:ref:refs/(heads|tags)/.*"}
            ),
            "audience": forms.TextInput(attrs=_PLAIN),
            "repositories": forms.TextInput(attrs=_PLAIN),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wanted"].initial = as_lines(self.instance.claims)

    def clean_wanted(self) -> str:
        text: str = self.cleaned_data["wanted"]
        self.instance.claims = from_lines(text)
        return text

    def typed_as(self) -> Mapping[str, str]:
        return {"claims": "wanted"}


def as_lines(claims: dict[str, Any]) -> str:
    """{name: exact value} as lines: text after a colon, everything else as JSON after `:=`."""
    return "\n".join(
        f"{name}: {value}" if isinstance(value, str) else f"{name} := {json.dumps(value)}"
        for name, value in sorted(claims.items())
    )


def from_lines(text: str) -> dict[str, Any]:
    """The other way around. Raises ValidationError with the number of the line."""
    claims: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        found = _CLAIM.fullmatch(line.strip())
        try:
            name, value = _claim(found)
            if name in claims:
                raise ValueError(name)
        except (ValueError, RecursionError):
            message = _(
                "Line %(n)s: give a claim and its value, such as “ref_protected: true”, each claim once."
            )
            raise ValidationError(message % {"n": number}, code="claim") from None
        claims[name] = value
    return claims


def _claim(found: re.Match[str] | None) -> tuple[str, Any]:
    if found is None:
        raise ValueError
    name, is_json, value = found.groups()
    return name, json.loads(value) if is_json else value
