"""What the long forms of a tenant's settings share: their parts, and refusals beside the fields they concern.

Shown by `templates/tenants/_parts.html`. Not in charge of what may be saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField

if TYPE_CHECKING:  # generic for the type checker only
    from django_stubs_ext import StrOrPromise

    _Form = forms.ModelForm[Any]
else:
    _Form = forms.ModelForm


class Part(NamedTuple):
    """A sheet of the form: an id for its heading, the heading ("" for none) and the names of its fields."""

    id: str
    title: StrOrPromise
    names: tuple[str, ...]


class SettingsForm(_Form):
    """A form that says in which parts its fields are shown."""

    PARTS: ClassVar[tuple[Part, ...]]

    def parts(self) -> Iterator[tuple[Part, list[BoundField]]]:
        """Each part with its fields, in order."""
        for part in self.PARTS:
            yield part, [self[name] for name in part.names]

    def typed_as(self) -> Mapping[str, str]:
        """By a setting's name the field it is typed in, where that is called otherwise."""
        return {}

    def given(self) -> Mapping[str, object]:
        """What the verb that saves is told beside the row: of a form that is valid."""
        return {}

    def take_errors(self, refusal: ValidationError) -> None:
        """Show what the verb refused beside the field it concerns."""
        found = refusal.message_dict if hasattr(refusal, "error_dict") else {"__all__": refusal.messages}
        for name, messages in found.items():
            field = self.typed_as().get(name, name)
            self.add_error(field if field in self.fields else None, messages)
