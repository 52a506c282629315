"""`/auth/token`: trade an access token (or a worker key) for a short-lived registry token.

GET with Basic, or POST as OAuth 2 (`password`, `refresh_token`). What is asked for and may not be is left
out of the answer rather than refused, so that a client can see what it got.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from django.http import HttpResponse

from registry import bearer, callers, scopes, targets
from registry.callers import Caller
from registry.door import answers
from registry.door.asking import Asking, read_at_most
from registry.errors import MethodUnsupported, RegistryError, Unauthorized
from registry.places import Host, place_of
from registry.scopes import Scope

_LONGEST_FORM = 16_384


def token(asking: Asking) -> HttpResponse:
    try:
        caller, wanted, secret = _posted(asking) if asking.method == "POST" else _got(asking)
        if asking.host.tenant and caller.token and caller.token.tenant_id != asking.host.tenant.pk:
            raise Unauthorized
    except Unauthorized as error:
        response = answers.refusal(error)
        response["WWW-Authenticate"] = f'Basic realm="{asking.host.name}"'
        return response
    access = [given for one in scopes.parse(wanted) if (given := _given(caller, asking.host, one)).actions]
    text, lifetime, issued = bearer.issue(subject=_subject(caller), host=asking.host.name, access=access)
    body: dict[str, Any] = {
        "token": text,
        "access_token": text,
        "expires_in": lifetime,
        "issued_at": datetime.fromtimestamp(issued, UTC).isoformat().replace("+00:00", "Z"),
        "scope": " ".join(str(one) for one in access),
    }
    if secret:
        body["refresh_token"] = secret
    return answers.as_json(body, headers={"Cache-Control": "no-store"})


def _got(asking: Asking) -> tuple[Caller, list[str], str]:
    if asking.method not in ("GET", "HEAD"):
        raise MethodUnsupported
    header = asking.request.META.get("HTTP_AUTHORIZATION", "")
    kind, _, value = header.partition(" ")
    if header and kind.lower() != "basic":
        raise Unauthorized
    secret = callers.password_in(value) if header else ""
    caller = callers.of_password(secret) if header else Caller()
    is_offline = asking.query("offline_token").lower() == "true"
    return caller, asking.request.GET.getlist("scope"), secret if is_offline else ""


def _posted(asking: Asking) -> tuple[Caller, list[str], str]:
    try:
        form = parse_qs((read_at_most(asking.request, _LONGEST_FORM) or b"").decode(), max_num_fields=100)
    except ValueError as error:
        raise Unauthorized from error
    grant = form.get("grant_type", [""])[0]
    field = {"password": "password", "refresh_token": "refresh_token"}.get(grant)
    if field is None:
        raise Unauthorized("The grant type must be password or refresh_token.")
    secret = form.get(field, [""])[0]
    is_offline = form.get("access_type", [""])[0] == "offline"
    # Docker keeps what it is given here as its "identity token": the access token itself serves as one.
    return callers.of_password(secret), form.get("scope", []), secret if is_offline else ""


def _given(caller: Caller, host: Host, wanted: Scope) -> Scope:
    """The part of `wanted` that the caller may have."""
    if wanted.kind == "registry":
        may_list = wanted.name == "catalog" and caller.token is not None
        return Scope(wanted.kind, wanted.name, wanted.actions if may_list else frozenset())
    try:
        place = place_of(host, wanted.name)
    except RegistryError:
        return Scope(wanted.kind, wanted.name, frozenset())
    asked = wanted.actions | ({"pull", "push", "delete"} if "*" in wanted.actions else set())
    actions = {action for action in asked - {"*"} if caller.may(action, place)}
    if "pull" in asked and "pull" not in actions and targets.public(place) is not None:
        actions.add("pull")
    return Scope(wanted.kind, wanted.name, frozenset(actions))


def _subject(caller: Caller) -> str:
    if caller.staging is not None:
        return f"staging:{caller.staging.name.partition('/')[2]}"
    return f"token:{caller.token.pk}" if caller.token is not None else "anonymous"
