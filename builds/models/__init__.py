"""The rows of floor 3."""

from .build import Build, BuildLogLine, BuildStep
from .recipe import Recipe, RecipeRevision

__all__ = ["Build", "BuildLogLine", "BuildStep", "Recipe", "RecipeRevision"]
