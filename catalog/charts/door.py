"""`/charts/index.yaml`, `/charts/<name>-<version>.tgz` and its `.prov`: the door of the classic Helm repository.

The same callers with the same rights as at `/v2/`: access tokens by Basic, public charts for everyone. What
is not the caller's is not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from catalog.charts import classic
from registry import callers
from registry.callers import Caller
from registry.door import remembered
from registry.door.asking import AskingAt
from registry.door.blobs import blob
from registry.door.counting import counted
from registry.errors import NameUnknown, RegistryError, Unauthorized
from registry.places import Host, host_of, place_of
from tenants.models import Tenant


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The index of the charts that the caller may pull here."""
    try:
        caller, host, tenant = _asked(request)
        versions = _versions(caller, host, tenant)
    except Unauthorized:
        return _challenge(request)
    except RegistryError as error:
        return _refusal(error)
    if caller.is_anonymous and not versions:
        return _challenge(request)
    text = classic.written(classic.index(versions))
    response = HttpResponse(text, content_type="application/yaml")
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    if request.META.get("HTTP_IF_NONE_MATCH") == etag:
        response = HttpResponse(status=304)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization"])
    return response


@require_safe
def archive(request: HttpRequest, file: str) -> HttpResponseBase:
    """One archive, as a pull of its version: it is in the pull audit, too."""
    return _file(request, file, "application/gzip", lambda found: found.archive, is_pull=True)


@require_safe
def provenance(request: HttpRequest, file: str) -> HttpResponseBase:
    """What `helm pull --prov` asks for beside it: the PGP signature that was pushed with the archive, where one was."""
    return _file(request, file, "text/plain; charset=utf-8", lambda found: found.provenance, suffix=".prov")


def _file(
    request: HttpRequest,
    file: str,
    media_type: str,
    part: Callable[[classic.Listed], str],
    *,
    suffix: str = "",
    is_pull: bool = False,
) -> HttpResponseBase:
    """The part of the version of that file; what it has not is not there."""
    try:
        caller, host, tenant = _asked(request)
        versions = _versions(caller, host, tenant, file)
        found = next((each for each in versions if each.file == f"{file}.tgz" and part(each)), None)
        if found is None:
            raise Unauthorized if caller.is_anonymous else NameUnknown
        asking = AskingAt(request, host, caller, place_of(host, _wire(host, tenant, found.shown.name)))
        response = blob(asking, part(found))
        if is_pull and request.method == "GET":
            remembered.note_pull(asking, digest=found.shown.manifest.digest, tag=found.shown.tag)
    except Unauthorized:
        return _challenge(request)
    except RegistryError as error:
        return _refusal(error)
    response["Content-Type"] = media_type
    response["Content-Disposition"] = f'attachment; filename="{found.file}{suffix}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _asked(request: HttpRequest) -> tuple[Caller, Host, Tenant]:
    """Raises Unauthorized for a token that opens nothing here, as for none at all."""
    host = host_of(request.META.get("HTTP_HOST", ""))
    with counted(request):
        caller = callers.of_header(request.META.get("HTTP_AUTHORIZATION", ""), host=host.name)
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None or caller.staging is not None:
        raise Unauthorized
    if caller.token is not None and caller.token.tenant_id != tenant.pk:
        raise Unauthorized
    return caller, host, tenant


def _versions(caller: Caller, host: Host, tenant: Tenant, file: str | None = None) -> list[classic.Listed]:
    is_public_only = caller.is_anonymous and not tenant.is_open

    def may_pull(name: str) -> bool:
        if caller.is_anonymous:
            return True  # whoever asks an open tenant
        wire = _wire(host, tenant, name)
        return caller.is_asked_for("pull", wire) and caller.may("pull", place_of(host, wire))

    return classic.listed(tenant=tenant, may_pull=may_pull, is_public_only=is_public_only, file=file)


def _wire(host: Host, tenant: Tenant, name: str) -> str:
    """What a repository is called on the wire at this host."""
    return name if host.tenant is not None else f"{tenant.slug}/{name}"


def _refusal(error: RegistryError) -> HttpResponse:
    """One line for whoever reads what helm prints."""
    sentence = "There is no such chart here." if error.status == 404 else error.sentence
    headers = {**error.headers, "Content-Type": "text/plain; charset=utf-8"}
    return HttpResponse(f"{sentence}\n", status=error.status, headers=headers)


def _challenge(request: HttpRequest) -> HttpResponse:
    """401 that asks for an access token, which helm sends as the password of Basic."""
    sentence = "Sign in with an access token: helm repo add --username token --password TOKEN\n"
    response = HttpResponse(sentence, status=401, content_type="text/plain; charset=utf-8")
    response["WWW-Authenticate"] = f'Basic realm="{request.META.get("HTTP_HOST", "")}"'
    return response
