"""Reviewed package recipes: data that replaces maintainer scripts."""

from builds.engine.recipes.book import RecipeBook, ReviewOutdatedError, UnreviewedPackageError
from builds.engine.recipes.loading import RecipeBrokenError, book_of, load_book
from builds.engine.recipes.values import Alternative, PackageRecipe

__all__ = [
    "Alternative",
    "PackageRecipe",
    "RecipeBook",
    "RecipeBrokenError",
    "ReviewOutdatedError",
    "UnreviewedPackageError",
    "book_of",
    "load_book",
]
