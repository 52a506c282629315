"""Trying a directory with somebody's name: every step, and what came of it."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants import audit
from tenants.access import person_for
from tenants.directory.check import Step, check
from tenants.models import AuditEntry, Directory, User
from tenants.pages.directories import directory_for
from tenants.sessions import client_address

VERB = "directory.tested"
#: A trial may carry a password, so this page must be no faster a way to guess than the sign-in page is.
TRIALS_A_MINUTE = 10
WORDS = {
    "address": _("Find the address"),
    "connect": _("Connect and encrypt"),
    "bind": _("Sign in as the search account"),
    "find": _("Find the person"),
    "password": _("Try the password"),
    "groups": _("Read the groups"),
    "role": _("Decide the role"),
}
_MARKS = {"passed": "done", "failed": "failed", "skipped": "skipped"}


class TrialForm(forms.Form):
    login = forms.CharField(
        label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("May be left empty: every step but that one is tried."),
    )


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The question, and after a POST the steps. Changes nothing but the audit trail."""
    directory = directory_for(request, pk)
    form = TrialForm(request.POST or None)
    steps: list[Step] = []
    status = 200
    if request.method == "POST" and form.is_valid():
        if _is_too_often(directory):
            form.add_error(None, _("That were many trials in a minute. Wait a little, then try again."))
            status = 429
        else:
            steps = _try(request, directory, form)
    context = {
        "section": "directories",
        "directory": directory,
        "form": form,
        "steps": [(WORDS[each.name], _MARKS[each.state], each) for each in steps],
        "failed": next((each for each in steps if each.state == "failed"), None),
    }
    return render(request, "tenants/directory_trial.html", context, status=status)


def _try(request: HttpRequest, directory: Directory, form: TrialForm) -> list[Step]:
    actor: User = person_for(request)
    login, password = form.cleaned_data["login"], form.cleaned_data["password"]
    # Written first, so that trials that run at the same time count each other.
    audit.record(
        tenant=directory.tenant,
        actor=actor,
        verb=VERB,
        object=directory.name,
        address=client_address(request),
        data={"login": login, "with_password": bool(password)},
    )
    return check(directory, login=login.strip(), password=password)


def _is_too_often(directory: Directory) -> bool:
    since = timezone.now() - timedelta(minutes=1)
    recent = AuditEntry.objects.filter(tenant=directory.tenant, verb=VERB, at__gte=since)
    return recent.count() >= TRIALS_A_MINUTE
