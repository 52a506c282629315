"""Golden images: the tenant's recipes, and one recipe with its releases, revisions and builds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Concat
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from builds.models import Build, Recipe, RecipeRevision
from catalog.models import Image, Release
from catalog.pages import choosing, evidence_page
from catalog.pages.hallmarks import Hallmark, evidence_of, hallmarks
from catalog.pages.image import pulled
from catalog.pages.tags import TagRows
from registry import history, visibility
from tenants.access import standing_at, tenant_for
from tenants.models import Tenant
from tenants.roles import Permission

ROWS = 50


def index(request: HttpRequest) -> HttpResponse:
    """All recipes with the state of their newest build and their newest release; a fixed number of queries."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    newest = Build.objects.filter(revision__recipe=OuterRef("pk")).order_by("-ordered_at")
    upon = (
        RecipeRevision.objects.filter(recipe=OuterRef("pk"))
        .annotate(base_called=Concat("base__image__name", Value(":"), "base__name"))
        .order_by("-number")
    )
    recipes = (
        Recipe.objects.filter(archived_at=None)
        .annotate(
            build_state=Subquery(newest.values("state")[:1]), base=Subquery(upon.values("base_called")[:1])
        )
        .order_by("name")
    )
    page = Paginator(recipes, ROWS).get_page(request.GET.get("page"))
    context = {
        "section": "golden",
        "page": page,
        "rows": _rows(tenant, page.object_list),
        "states": dict(Build.State.choices),
        "may_build": Permission.BUILD_START in standing_at(request, tenant).rights,
    }
    return render(request, "builds/golden.html", context)


def built_upon(image: Image) -> list[tuple[str, str]]:
    """The tenant's golden images whose newest revision is built upon `image`, by name, each with the stream."""
    newest = RecipeRevision.objects.filter(recipe=OuterRef("pk")).order_by("-number")
    recipes = Recipe.objects.filter(archived_at=None).annotate(
        upon=Subquery(newest.values("base__image")[:1]), stream=Subquery(newest.values("base__name")[:1])
    )
    return list(recipes.filter(upon=image.pk).order_by("name").values_list("name", "stream")[:ROWS])


def _rows(tenant: Tenant, recipes: Iterable[Recipe]) -> list[tuple[Recipe, Release | None, list[Hallmark]]]:
    """Each recipe with its newest release and the hallmarks of that."""
    releases = {
        release.repository.name: release
        for release in Release.objects.filter(
            repository__tenant=tenant, repository__name__in=[recipe.name for recipe in recipes]
        )
        .select_related("repository")
        .defer("spec", "lock")
        .order_by("published_at")
    }
    kinds = evidence_of(releases.values())
    return [
        (recipe, release, hallmarks(release, kinds.get(release.pk, frozenset())) if release else [])
        for recipe in recipes
        for release in [releases.get(recipe.name)]
    ]


def page(request: HttpRequest, name: str) -> HttpResponse:
    """One golden image."""
    tenant = tenant_for(request, Permission.IMAGE_VIEW)
    recipe = Recipe.objects.filter(name=name).first()
    if recipe is None:
        raise Http404
    view = visibility.find(tenant=tenant, name=name)
    newest = (
        Release.objects.filter(repository=view.repository).order_by("-published_at").first() if view else None
    )
    release = choosing.chosen(view, request, newest) if view and newest else None
    tags = TagRows(view) if view else None
    tab = evidence_page.tab_of(request)
    kinds = evidence_of([release]).get(release.pk, frozenset()) if release else frozenset()
    context: dict[str, Any] = {
        "section": "golden",
        "tab": tab,
        "recipe": recipe,
        "name": name,
        "release": release,
        "marks": hallmarks(release, kinds) if release else [],
        "tags": tags,
        "pulled": pulled(name, release, tags, is_newest=release == newest) if release else "",
        "revisions": recipe.revisions.select_related("base__image").order_by("-number")[:20],
        "builds": Build.objects.filter(revision__recipe=recipe)
        .defer("spec", "lock")
        .order_by("-ordered_at")[:20],
        "may_build": Permission.BUILD_START in standing_at(request, tenant).rights,
    }
    if view is not None and release is not None and newest is not None:
        place = evidence_page.Place(tenant, name, view, None, release, newest, tags or (), kinds)
        context |= evidence_page.of(tab, place, request)
    elif view is not None and tab == "tags":
        context["history"] = history.recent(view)
    return render(request, "builds/recipe.html", context, status=404 if context.get("unknown") else 200)
