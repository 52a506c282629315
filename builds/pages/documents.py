"""A golden image's recipe as a YAML document: to keep in a repository, and to begin the wizard with.

Not in charge of the language (`builds.engine.spec.document`) nor of what may be ordered (`builds.order`).
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from builds.engine.spec import SpecMalformed
from builds.engine.spec.document import MAX_BYTES, read_document, write_document
from builds.engine.spec.reading import KEYS, spec_from_json
from builds.models import Recipe
from builds.pages import answers as drafts
from tenants.access import tenant_for
from tenants.roles import Permission

#: What a document says beside the engine's spec, as text.
OWN = ("name", "base", "tag")


@require_GET
def download(request: HttpRequest, name: str) -> HttpResponse:
    """The newest revision of a recipe."""
    tenant_for(request, Permission.IMAGE_VIEW)
    recipe = Recipe.objects.filter(name=name).first()
    revision = recipe.revisions.select_related("base__image").order_by("-number").first() if recipe else None
    if recipe is None or revision is None:
        raise Http404
    text = write_document({"name": recipe.name, "base": str(revision.base), **revision.customisation})
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    file = f"{recipe.name.replace('/', '-')}.yaml"
    response["Content-Disposition"] = content_disposition_header(True, file) or "attachment"
    return response


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Begin a draft from a document, a file or pasted text; say at which field it cannot be read."""
    tenant_for(request, Permission.RECIPE_EDIT)
    before = drafts.load(request)
    try:
        found = _read(_text(request))
    except SpecMalformed as error:
        messages.error(request, str(error))
        return redirect("wizard", step="base")
    own = {key: found.pop(key, "") or getattr(before, key) for key in OWN}
    drafts.save(request, drafts.of_customisation(own["name"], own["base"], found | {"tag": own["tag"]}))
    return redirect("wizard", step="base")


def _text(request: HttpRequest) -> str:
    file: Any = request.FILES.get("file")
    if file is None:
        return request.POST.get("document", "").replace("\r\n", "\n")
    if file.size > MAX_BYTES:
        raise SpecMalformed("document", f"A document has at most {MAX_BYTES} bytes.")
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SpecMalformed("document", "This is not text in UTF-8.") from None


def _read(text: str) -> dict[str, Any]:
    """Raises SpecMalformed for what no draft could hold: unknown fields and values of the wrong kind."""
    found = read_document(text)
    for key in OWN:
        if not isinstance(found.get(key, ""), str) or len(found.get(key, "")) > drafts.MOST_LINE:
            raise SpecMalformed(key, "This must be one line of text.")
    for key in found:
        if key not in OWN and key not in KEYS:
            raise SpecMalformed(str(key)[:80], "There is no such field.")
    spec_from_json({"suite": "", **{key: value for key, value in found.items() if key not in OWN}})
    return found
