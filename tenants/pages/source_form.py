"""What the forms of directories and providers share: a secret that is never shown, and rules as lines of text.

Both let people in from elsewhere, with a role by their groups. Not in charge of what may be saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tenants.pages.settings_form import SettingsForm
from tenants.roles import Role


class SourceForm(SettingsForm):
    """A form with the fields `secret` and `rules`; `kept_as` is where the model keeps the secret, sealed."""

    kept_as: ClassVar[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rules"].initial = as_lines(self.instance.group_roles)
        is_kept = bool(getattr(self.instance, self.kept_as))
        self.fields["default_role"].choices = [("", _("no role")), *Role.choices]  # type: ignore[attr-defined]
        self.fields["secret"].help_text = _("Kept if left empty.") if is_kept else ""

    def clean_rules(self) -> str:
        text: str = self.cleaned_data["rules"]
        self.instance.group_roles = from_lines(text)
        return text

    def given(self) -> Mapping[str, object]:
        """The secret; None where the one that is kept stays."""
        return {"secret": self.cleaned_data["secret"] or None}

    def typed_as(self) -> Mapping[str, str]:
        return {self.kept_as: "secret", "group_roles": "rules"}


def as_lines(rules: dict[str, str]) -> str:
    """{group: role} as "role: group" lines."""
    return "\n".join(f"{role}: {group}" for group, role in sorted(rules.items()))


def from_lines(text: str) -> dict[str, str]:
    """The other way around. Raises ValidationError with the number of the line."""
    rules: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        role, _colon, group = (part.strip() for part in line.partition(":"))
        if role not in Role.values or not group:
            message = _("Line %(n)s: give a role and a group, such as “builder: image_builders”.")
            raise ValidationError(message % {"n": number}, code="rule")
        if group in rules:
            raise ValidationError(
                _("Line %(n)s: this group has a role already.") % {"n": number}, code="rule"
            )
        rules[group] = role
    return rules
