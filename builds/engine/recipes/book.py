"""The book of reviewed recipes: may this package be used, and what replaces its scripts.

``is_reviewed`` answers from committed lists, before anything is downloaded, so that the wizard can say no
early. ``judge`` answers again from the package's real scripts when it is opened, and has the last word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from builds.engine.canonical import digest_of
from builds.engine.errors import EngineError
from builds.engine.recipes.scripts import residue_digest
from builds.engine.recipes.values import NO_RECIPE, PackageRecipe

# prerm, postrm and config run on removal or ask questions: neither happens in an image.
INSTALLING = ("preinst", "postinst", "trigger")


class UnreviewedPackageError(EngineError):
    """A package whose scripts would change the system, and that nobody has reviewed yet."""

    code: ClassVar[str] = "package-unreviewed"
    sentence: ClassVar[str] = (
        "{package} brings installation scripts that nobody has reviewed yet, so it cannot be built in."
    )


class ReviewOutdatedError(UnreviewedPackageError):
    """A package with a recipe whose scripts are no longer those that were read when it was written."""

    code: ClassVar[str] = "package-changed"
    sentence: ClassVar[str] = (
        "The installation scripts of {package} have changed since they were reviewed ({script}), so it cannot be "
        "built in before they are reviewed again."
    )


@dataclass(frozen=True)
class RecipeBook:
    """All reviewed recipes.

    :param plain: names known to need none: no installing script, or only harmless ones
    :param harmless: digests of what remains of scripts that an image does not need
    :param is_late: there are no lists of names; what has no recipe is judged when it is opened
    :param suites: for suites beside the default one, the names that may be used there: the same name often has
        other scripts there than those that its recipe was written for
    """

    recipes: Mapping[str, PackageRecipe]
    plain: frozenset[str]
    harmless: frozenset[str]
    is_late: bool = False
    suites: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """``sha256:…`` over all recipes and lists: what a lock names."""
        return digest_of(
            {
                "recipes": {name: recipe.digest for name, recipe in self.recipes.items()},
                "harmless": sorted(self.harmless),
            }
        )

    def is_reviewed(self, package: str, suite: str = "") -> bool:
        """Tell from the committed lists alone whether the package may be built in."""
        if suite in self.suites:
            return package in self.suites[suite]
        return self.is_late or package in self.recipes or package in self.plain

    def recipe(self, package: str) -> PackageRecipe:
        """Return the package's recipe, or one that changes nothing."""
        return self.recipes.get(package, NO_RECIPE)

    def elided(self, package: str) -> tuple[str, ...]:
        """Return the dependencies of ``package`` that only its scripts need."""
        return self.recipe(package).elide

    @cached_property
    def elisions(self) -> Mapping[str, tuple[str, ...]]:
        """All elisions, package to dependencies; the resolver takes this."""
        return {name: recipe.elide for name, recipe in sorted(self.recipes.items()) if recipe.elide}

    @cached_property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """All that packages need without saying so, package to names; the resolver takes this."""
        return {name: recipe.needs for name, recipe in sorted(self.recipes.items()) if recipe.needs}

    def judge(self, package: str, scripts: Mapping[str, bytes]) -> None:
        """Check a package's real scripts against the reviews.

        :raises ReviewOutdatedError: when a script is not one of those that its recipe was written for
        :raises UnreviewedPackageError: when there is no recipe and a script is not known as harmless
        """
        known = self.harmless | frozenset(self.recipe(package).scripts)
        for name in INSTALLING:
            left = residue_digest(scripts[name], package) if name in scripts else ""
            if left and left not in known:
                if package in self.recipes:
                    raise ReviewOutdatedError(package=package, script=f"{name} {left}")
                raise UnreviewedPackageError(package=package)
