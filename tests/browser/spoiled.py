"""Spoils a filled world: every text that people, directories, images, charts or packages bring says something hostile.

New fields are spoiled without anybody having to think of them. Not in charge of what the doors refuse: rows are
written past them, as if each had failed.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models

#: Begins as a formula, ends every element and attribute there is, and would run if one of them were believed.
HOSTILE = (
    "=1+1'\"></title></textarea></script></style></svg></code>"
    '<script>hit()</script><img class="hit" src="x" onerror="hit()"><svg class="hit" onload="hit()"></svg>'
    '<a class="hit" href="javascript:hit()">x</a><base href="//elsewhere.example/">'
    "t{{7|add:7}}t{% debug %}"
)
#: The same for what is read as Markdown, and what only Markdown makes of it.
MARKDOWN = f"""{HOSTILE}

[link](javascript:hit()) [other](JaVaScRiPt:hit()) [data](data:text/html,<script>hit()</script>)
<javascript:hit()> ![picture](x" onerror="hit()) [title](https://elsewhere.example "x" onmouseover="hit()")

[reference]: javascript:hit()
"""
APPS = ("tenants", "registry", "catalog", "builds", "usersessions")
#: What finds a row, is checked by its shape when it comes, or is compared by code: identifiers, digests, addresses.
KEPT = {
    "Tenant": {"slug", "accent", "logo_hash", "support_url"},
    "User": {"password", "login", "email"},
    "AuditEntry": {"chain", "previous", "hash"},
    "Directory": {"uris", "encryption", "ca_certificates", "bind_secret", "user_scope", "group_type"},
    "IdentityProvider": {"key", "issuer", "client_secret"},
    "AccessToken": {"sha256", "hint", "actions"},
    "TrustPolicy": {"actions"},
    "Invitation": {"sha256"},
    "Hostname": {"name"},
    "HostnameClaim": {"token"},
    "Grant": {"name", "tag_patterns", "streams"},
    "HeldTag": {"name", "stream"},
    "Manifest": {"digest", "media_type", "artifact_type", "subject"},
    "RepositoryManifest": {"subject"},
    "Repository": {"name", "key_sha256", "pull_key_sha256", "immutable_tags"},
    "Tag": {"name", "stream"},
    "TagEvent": {"name", "stream", "previous_stream"},
    "Blob": {"digest", "storage_key"},
    "Chart": {"name"},
    "ChartVersion": {"version", "digest", "images", "templates"},
    "Image": {"name", "homepage", "variants", "architectures"},
    "VersionStream": {"name", "aliases", "spec", "tests"},
    "LayerListing": {"digest"},
    "Package": {"ecosystem"},
    "Release": {"digest", "unique_tag", "platforms", "spec", "lock", "tests"},
    "Build": {"spec", "lock", "tests", "digest", "key_sha256"},
    "BuildStep": {"name"},
    "Recipe": {"name"},
    "UserSession": {"session_key", "data"},
}


def everything() -> None:
    """Spoil every row there is."""
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            fields = [field for field in model._meta.fields if _is_foreign(model, field)]
            for row in model._base_manager.all() if fields else ():
                values = {field.name: _spoiled(field, getattr(row, field.name)) for field in fields}
                model._base_manager.filter(pk=row.pk).update(**values)


def _is_foreign(model: type[models.Model], field: models.Field[Any, Any]) -> bool:
    if field.choices or field.name in KEPT.get(model.__name__, ()):
        return False
    return isinstance(field, models.CharField | models.TextField | models.JSONField)


def _spoiled(field: models.Field[Any, Any], value: Any) -> Any:
    if isinstance(field, models.JSONField):
        return _spoiled_json(value)
    if field.name in {"description", "readme"}:
        return f"{value}\n\n{MARKDOWN}"
    # A unique text stays one: the old value ends it.
    return f"{HOSTILE}{value}"


def _spoiled_json(value: Any) -> Any:
    if isinstance(value, str):
        return f"{HOSTILE}{value}"
    if isinstance(value, list):
        return [_spoiled_json(one) for one in value]
    if isinstance(value, dict):
        return {key: _spoiled_json(one) for key, one in value.items()}
    return value
