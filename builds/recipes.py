"""Golden-image definitions: write a revision of a tenant's recipe.

Every edit is an immutable revision; the same answer twice is one revision. Not in charge of building it
(`builds.order`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from builds.models import Recipe, RecipeRevision
from builds.refusals import FieldError, OrderRefused
from catalog.models import VersionStream
from registry.models import Grant, Repository
from registry.names import ADDRESS_WORDS
from tenants.models import Tenant, User
from tenants.names import not_reserved

# OCI distribution 1.1, "Pulling manifests": the grammar of a repository name.
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
#: The wizard's own address, where a golden image of that name would have its page.
_WIZARD = "new"
MAX_NAME = 120


def name_error(*, tenant: Tenant, name: str) -> FieldError | None:
    """Why `tenant` cannot keep a golden image under `name`, or None."""
    parts = name.split("/")
    if len(name) > MAX_NAME or not all(_COMPONENT.fullmatch(part) for part in parts):
        return FieldError(
            "name",
            "name-grammar",
            f"A name has at most {MAX_NAME} lower-case letters and digits, separated by “.”, “_”, “-” or “/”.",
        )
    word = next((part for part in parts if part in ADDRESS_WORDS), "")
    if parts[0] == _WIZARD:
        word = _WIZARD
    if word:
        return FieldError("name", "name-reserved", f"“{word}” cannot be part of a name; choose another.")
    try:
        not_reserved(name)
    except ValidationError as error:
        return FieldError("name", "name-reserved", error.messages[0])
    if Grant.objects.of(tenant.id).filter(name=name).exists():
        return FieldError(
            "name", "name-taken", f"“{name}” is an image of your catalogue; give your own another name."
        )
    if Repository.objects.owned_by(tenant.id).filter(name=name, is_push_allowed=True).exists():
        # A push could move a tag there that no build has earned.
        return FieldError("name", "name-pushed", f"“{name}” holds pushed images; choose another name.")
    return None


@transaction.atomic
def revise(
    *,
    tenant: Tenant,
    name: str,
    base: VersionStream,
    customisation: Mapping[str, Any],
    author: str,
    user: User | None = None,
) -> RecipeRevision:
    """Write what was asked for as the newest revision of `name`, making the recipe if there is none.

    Raises OrderRefused when the name cannot be used.
    """
    if error := name_error(tenant=tenant, name=name):
        raise OrderRefused([error])
    recipe, _ = Recipe.unscoped.get_or_create(tenant=tenant, name=name, defaults={"created_by": user})
    newest = recipe.revisions.select_for_update().order_by("-number").first()
    if newest and newest.base_id == base.pk and newest.customisation == dict(customisation):
        return newest
    Repository.objects.get_or_create(tenant=tenant, name=name)
    return RecipeRevision.objects.create(
        recipe=recipe,
        number=newest.number + 1 if newest else 1,
        base=base,
        customisation=dict(customisation),
        author=author,
    )
