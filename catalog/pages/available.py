"""An image that the tenant may ask for: what it is, and the request for it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from catalog import describing, requests, search
from catalog.models import AccessRequest
from catalog.pages.markdown import as_html
from catalog.wanted import Life
from tenants.access import person_for, standing_at, tenant_for
from tenants.roles import Permission
from tenants.sessions import client_address


def page(request: HttpRequest, name: str) -> HttpResponse:
    """The image with the state of the tenant's last request; who has it already is led to its own page."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    image = (
        search.with_streams(search.available_to(tenant)).select_related("newest").filter(name=name).first()
    )
    if image is None:
        if search.image_called(tenant=tenant, name=name) is not None:
            return redirect("image", name=name)
        raise Http404
    reference = f"{getattr(request, 'address').registry}/{name}"  # noqa: B009
    context = {
        "section": "images",
        "image": image,
        "streams": image.streams.all(),
        "description": as_html(describing.described(image, reference)),
        "life": Life.now(image.ends_on),
        "asked": requests.latest(tenant=tenant, images=[image]).get(image.pk),
        "may_ask": Permission.IMAGE_PULL in standing_at(request, tenant).rights,
    }
    return render(request, "catalog/available.html", context)


def ask(request: HttpRequest, name: str) -> HttpResponse:
    """Ask for it; GET leads to its page."""
    tenant = tenant_for(request, Permission.IMAGE_PULL)
    if request.method == "POST":
        try:
            requests.ask(
                tenant=tenant,
                name=name,
                actor=person_for(request),
                reason=request.POST.get("reason", ""),
                address=client_address(request),
            )
        except requests.NotToBeHad as error:
            raise Http404 from error
        messages.success(request, _("Asked for. You see here what becomes of it."))
    return redirect("available-image", name=name)


def take_back(request: HttpRequest, name: str) -> HttpResponse:
    """No longer ask for it; GET leads to its page."""
    tenant = tenant_for(request, Permission.IMAGE_PULL)
    if request.method == "POST":
        waiting = AccessRequest.objects.filter(
            tenant=tenant, image__name=name, state=AccessRequest.State.OPEN
        )
        found = waiting.select_related("tenant", "image").first()
        if found is None:
            raise Http404
        try:
            requests.take_back(request=found, actor=person_for(request), address=client_address(request))
        except requests.AlreadyDecided as error:
            messages.error(request, str(error))
    return redirect("available-image", name=name)
