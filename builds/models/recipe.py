"""A tenant's golden-image definition."""

from __future__ import annotations

from django.db import models

from tenants.scope import TenantManager


class Recipe(models.Model):
    """A golden image: its name is the repository's on the tenant's host."""

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="recipes")
    name = models.CharField(max_length=120)
    created_by = models.ForeignKey("tenants.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager["Recipe"]()
    unscoped: models.Manager[Recipe] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="recipe_name_per_tenant")]

    def __str__(self) -> str:
        return self.name


class RecipeRevision(models.Model):
    """One immutable edit. `order` is what the person asked for: base stream and customisation."""

    recipe = models.ForeignKey(Recipe, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    #: The catalogue stream it builds upon.
    base = models.ForeignKey("catalog.VersionStream", models.PROTECT, related_name="+")
    #: {"tag", "packages", "entrypoint", "cmd", "env", "labels", "user", ...}; the wizard's whole answer.
    customisation = models.JSONField(default=dict)
    author = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipe", "number"], name="revision_once")]

    def __str__(self) -> str:
        return f"{self.recipe.name} r{self.number}"
