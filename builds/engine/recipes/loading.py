"""Read the reviewed recipes from the data files beside this module.

The files are part of the product, so a mistake in one is a fault that stops everything at once.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import yaml

from builds.engine.errors import EngineError
from builds.engine.recipes.book import RecipeBook
from builds.engine.recipes.values import Alternative, PackageRecipe
from builds.engine.spec.reading import spec_from_json

DATA = Path(__file__).parent / "data"
FIELDS = frozenset(PackageRecipe.__dataclass_fields__) - {"package", "scripts"}
REVIEWED = "reviewed.yaml"
SUITES = "suites"
SPEC_FIELDS = ("users", "groups", "directories", "links", "files")


class RecipeBrokenError(EngineError):
    """A recipe file that cannot be used."""

    code: ClassVar[str] = "recipe-broken"
    is_fault: ClassVar[bool] = True
    sentence: ClassVar[str] = "The recipe {name} cannot be used: {reason}."


@lru_cache(maxsize=4)
def load_book(folder: Path = DATA) -> RecipeBook:
    """Return all reviewed recipes, with the lists of packages known to need none.

    :raises RecipeBrokenError: when a file has a mistake
    """
    recipes: dict[str, PackageRecipe] = {}
    reviewed: Mapping[str, list[str]] = _yaml(folder / REVIEWED) or {}
    for path in sorted(folder.glob("packages/*.yaml")):
        for name, body in (_yaml(path) or {}).items():
            if name in recipes:
                raise RecipeBrokenError(name=name, reason="there are two of it")
            recipes[name] = read_recipe(name, body or {}, scripts=reviewed.get(name, ()))
    plain = frozenset((_yaml(folder / "plain.yaml") or {}).get("packages", ()))
    harmless = frozenset(str(item) for item in _yaml(folder / "harmless.yaml") or {})
    suites = {
        path.stem: frozenset(_yaml(path)["packages"]) for path in sorted(folder.glob(f"{SUITES}/*.yaml"))
    }
    return RecipeBook(recipes=recipes, plain=plain, harmless=harmless, suites=suites)


def book_of(format_name: str) -> RecipeBook:
    """Return the reviewed recipes for packages of a format: a name means something in its own world only."""
    return load_book() if format_name == "deb" else replace(load_book(DATA / format_name), is_late=True)


def read_recipe(name: str, body: Mapping[str, Any], *, scripts: Iterable[str] = ()) -> PackageRecipe:
    """Read one recipe from YAML values, with the digests of the scripts it was written for.

    :raises RecipeBrokenError: when a field is unknown or a value has the wrong shape
    """
    unknown = set(body) - FIELDS
    if unknown:
        raise RecipeBrokenError(name=name, reason=f"it has unknown fields ({', '.join(sorted(unknown))})")
    try:
        shaped = spec_from_json({"suite": "x", **{key: body[key] for key in SPEC_FIELDS if key in body}})
        owners = spec_from_json({"suite": "x", "directories": body.get("owners")}).directories
        return PackageRecipe(
            package=name,
            because=str(body.get("because", "")),
            scripts=tuple(scripts),
            users=shaped.users, groups=shaped.groups, directories=shaped.directories, links=shaped.links,
            files=shaped.files, owners=owners,
            alternatives=tuple(Alternative(**item) for item in body.get("alternatives", ())),
            remove=tuple(body.get("remove", ())),
            elide=tuple(body.get("elide", ())),
            needs=tuple(body.get("needs", ())),
            generate=tuple(body.get("generate", ())),
            env=dict(body.get("env", {})),
        )  # fmt: skip
    except (ValueError, TypeError, AttributeError) as error:
        raise RecipeBrokenError(name=name, reason=str(error)) from error


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_bytes())
    except FileNotFoundError:
        return None
    except yaml.YAMLError as error:
        raise RecipeBrokenError(name=path.name, reason=f"it is not YAML ({error})") from error


def file_digest(path: Path) -> str:
    """Return ``sha256:…`` of a data file."""
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
