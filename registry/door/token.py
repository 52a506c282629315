"""`/auth/token`: trade an access token (or a worker key) for a short-lived registry token.

GET with Basic, or POST as OAuth 2 (`password`, `refresh_token`, and RFC 8693's token exchange for the
tokens of workloads, which are also taken as a password). What is asked for and may not be is left
out of the answer rather than refused, so that a client can see what it got.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from django.http import HttpResponse

from registry import bearer, callers, refresh, scopes, staging, targets
from registry.callers import Caller
from registry.door import answers
from registry.door.asking import Asking, read_at_most
from registry.door.counting import counted
from registry.errors import MethodUnsupported, RegistryError, Unauthorized, WrongCredentials
from registry.places import Host, place_of
from registry.scopes import Scope
from tenants.models import Tenant
from tenants.trust.errors import NotTrusted
from tenants.trust.exchange import as_password, exchange
from tenants.trust.tokens import looks_like_one

_LONGEST_FORM = 32_768
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a name, no secret
_SUBJECT_TYPES = {f"urn:ietf:params:oauth:token-type:{kind}" for kind in ("jwt", "id_token")}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for which scopes; `is_offline` when a refresh token is wanted, too."""

    caller: Caller
    scopes: list[str]
    is_offline: bool = False
    is_exchange: bool = False


def token(asking: Asking) -> HttpResponse:
    try:
        with counted(asking.request):
            asked = _posted(asking) if asking.method == "POST" else _got(asking)
        caller = asked.caller
        if asking.host.tenant and caller.token and caller.token.tenant_id != asking.host.tenant.pk:
            raise Unauthorized
    except Unauthorized as error:
        response = answers.refusal(error)
        response["WWW-Authenticate"] = f'Basic realm="{asking.host.name}"'
        return response
    except NotTrusted:
        return answers.as_json({"error": "invalid_grant"}, status=400, headers={"Cache-Control": "no-store"})
    access = [
        given for one in scopes.parse(asked.scopes) if (given := _given(caller, asking.host, one)).actions
    ]
    text, lifetime, issued = bearer.issue(subject=_subject(caller), host=asking.host.name, access=access)
    body: dict[str, Any] = {
        "token": text,
        "access_token": text,
        "expires_in": lifetime,
        "issued_at": datetime.fromtimestamp(issued, UTC).isoformat().replace("+00:00", "Z"),
        "scope": " ".join(str(one) for one in access),
    }
    if asked.is_offline and caller.token is not None:
        body["refresh_token"] = refresh.issue(token=caller.token, host=asking.host.name)
    if asked.is_exchange:
        body |= {"issued_token_type": _ACCESS_TOKEN, "token_type": "Bearer"}
    return answers.as_json(body, headers={"Cache-Control": "no-store"})


def _got(asking: Asking) -> Asked:
    if asking.method not in ("GET", "HEAD"):
        raise MethodUnsupported
    header = asking.request.META.get("HTTP_AUTHORIZATION", "")
    kind, _, value = header.partition(" ")
    if header and kind.lower() != "basic":
        raise WrongCredentials
    wanted = asking.request.GET.getlist("scope")
    caller = _of_secret(asking, callers.password_in(value), wanted) if header else Caller()
    return Asked(caller, wanted, is_offline=asking.query("offline_token").lower() == "true")


def _posted(asking: Asking) -> Asked:
    try:
        form = parse_qs((read_at_most(asking.request, _LONGEST_FORM) or b"").decode(), max_num_fields=100)
    except ValueError as error:
        raise Unauthorized from error
    grant = form.get("grant_type", [""])[0]
    wanted = form.get("scope", [])
    if grant == _EXCHANGE:
        return Asked(_exchanged(asking, form, wanted), wanted, is_exchange=True)
    is_offline = form.get("access_type", [""])[0] == "offline"
    if grant == "refresh_token":
        kept = form.get("refresh_token", [""])[0]
        return Asked(callers.of_refresh(kept, host=asking.host.name), wanted, is_offline)
    if grant == "password":
        return Asked(_of_secret(asking, form.get("password", [""])[0], wanted), wanted, is_offline)
    raise Unauthorized("The grant type must be password, refresh_token or token-exchange.")


def _of_secret(asking: Asking, secret: str, wanted: list[str]) -> Caller:
    """Whoever holds this secret; a workload's own token may stand in a password's place."""
    if not looks_like_one(secret):
        return callers.of_password(secret)
    tenant = _tenant_asked(asking.host, wanted)
    try:
        return Caller(token=as_password(tenant=tenant, text=secret, address=_address(asking)))
    except NotTrusted:
        raise WrongCredentials from None


def _exchanged(asking: Asking, form: dict[str, list[str]], wanted: list[str]) -> Caller:
    """RFC 8693: the subject token is the workload's. Raises NotTrusted, Unauthorized."""
    if form.get("subject_token_type", [""])[0] not in _SUBJECT_TYPES:
        raise NotTrusted("subject_token_type", "The subject token is of another type.")
    text = form.get("subject_token", [""])[0]
    tenant = _tenant_asked(asking.host, wanted)
    return Caller(token=exchange(tenant=tenant, text=text, address=_address(asking)))


def _tenant_asked(host: Host, wanted: list[str]) -> Tenant:
    """The host's tenant; on the portal's own host the one that the first scope names. Raises Unauthorized."""
    if host.tenant is not None:
        return host.tenant
    for scope in scopes.parse(wanted):
        try:
            place = place_of(host, scope.name)
        except RegistryError:
            continue
        if place.tenant is not None:
            return place.tenant
    raise Unauthorized


def _address(asking: Asking) -> str:
    return str(asking.request.META.get("REMOTE_ADDR", ""))


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
        return f"staging:{caller.staging.name.partition('/')[2]}:{staging.print_of(caller.staging)}"
    return f"token:{caller.token.pk}" if caller.token is not None else "anonymous"
