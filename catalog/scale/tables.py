"""The tables that a made catalogue is written to, with the columns that are given."""

from __future__ import annotations

from django.db.models import Model

from catalog.models import (
    Chart,
    ChartVersion,
    Entitlement,
    Image,
    Package,
    PackageSpan,
    PackageVersion,
    Release,
    VersionStream,
)
from catalog.scale.bulk import Rows
from registry.models import Grant, Manifest, Reach, Repository, RepositoryManifest, Tag, TagEvent

#: In the order in which they may be written.
_COLUMNS: dict[type[Model], str] = {
    Package: "ecosystem name",
    PackageVersion: "package version key source licences",
    Repository: (
        "name is_staging key_sha256 pull_key_sha256 is_public is_push_allowed immutable_tags "
        "retention_days created_at"
    ),
    Image: (
        "name title summary description category homepage is_free is_listed other_names replaces "
        "repository created_at variants architectures ends_on said names words"
    ),
    VersionStream: "image name variant aliases is_latest eol_on spec tests",
    Release: (
        "repository stream digest version unique_tag published_at size platforms spec lock tests "
        "tested test_summary signing_key"
    ),
    Manifest: "digest media_type artifact_type content size annotations subject created_at",
    RepositoryManifest: "repository manifest subject pushed_at withdrawn",
    Reach: "root manifest",
    Tag: "repository name manifest is_immutable stream ends_on withdrawn updated_at",
    TagEvent: "repository name manifest previous stream previous_stream actor reason at",
    PackageSpan: "repository stream version since until",
    Grant: "tenant name repository tag_patterns streams is_latest_only is_on_hold created_at",
    Entitlement: "tenant image chart created_at",
    Chart: "name summary repository",
    ChartVersion: "chart version app_version digest metadata readme values values_schema images published_at",
}


def tables() -> dict[type[Model], Rows]:
    """Rows for each, empty."""
    return {model: Rows(model, *columns.split()) for model, columns in _COLUMNS.items()}
