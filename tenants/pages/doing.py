"""Pages that change something hand it to a verb: who asks and from where is told, and what is refused is shown.

Not in charge of rights, which the first line of each view asks for, or of what a verb refuses.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from tenants.access import person_for
from tenants.pages.settings_form import SettingsForm
from tenants.sessions import client_address


def is_done(request: HttpRequest, verb: Callable[..., object], **about: object) -> bool:
    """Whether `verb` did it to what it is `about`. A refusal (ValidationError) is said on the next page."""
    try:
        verb(**about, actor=person_for(request), address=client_address(request))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return False
    return True


def is_saved(request: HttpRequest, form: SettingsForm, verb: Callable[..., object], **about: object) -> bool:
    """Whether a form was sent and `verb` saved what it is `about`. Else the form says what is wrong, if anything."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        verb(**about, **form.given(), actor=person_for(request), address=client_address(request))
    except ValidationError as refusal:
        form.take_errors(refusal)
        return False
    return True
