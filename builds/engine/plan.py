"""The layer plan: which packages share a layer.

Packages that the same catalogue images use lie in one layer, so that each byte is stored once and an
image still has few layers. A plan is data with a digest that locks name; making a new one is a decision,
since it changes digests. Not in charge of what is in a package.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import yaml

from builds.engine.canonical import digest_of

DATA = Path(__file__).parent / "plans"
MAX_GROUPS = 60
REST, ADDED = "rest", "added"


@dataclass(frozen=True)
class Plan:
    """Groups in layer order: what most images share comes first."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]

    @cached_property
    def digest(self) -> str:
        return digest_of([[name, list(packages)] for name, packages in self.groups])

    @cached_property
    def _group_of(self) -> dict[str, int]:
        return {package: index for index, (_, packages) in enumerate(self.groups) for package in packages}

    def layers(self, packages: Iterable[str]) -> list[tuple[str, list[str]]]:
        """Return group name and packages of each layer, in order; unplanned packages come last, together."""
        chosen: dict[int, list[str]] = {}
        for package in sorted(packages):
            chosen.setdefault(self._group_of.get(package, len(self.groups)), []).append(package)
        names = [name for name, _ in self.groups] + [REST]
        return [(names[index], chosen[index]) for index in sorted(chosen)]


def make_plan(images: Mapping[str, Iterable[str]]) -> Plan:
    """Group packages by exactly which images use them.

    The smallest groups are given to the image-less rest when there are more than an image may have layers.

    :param images: image name to the names of its packages
    """
    users: dict[str, tuple[str, ...]] = {}
    for image in sorted(images):
        for package in images[image]:
            users[package] = (*users.get(package, ()), image)
    groups: dict[tuple[str, ...], list[str]] = {}
    for package, signature in users.items():
        groups.setdefault(signature, []).append(package)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[0]), item[0]))[:MAX_GROUPS]
    return Plan(
        tuple((_name(signature, len(images)), tuple(sorted(packages))) for signature, packages in ordered)
    )


def _name(signature: Sequence[str], everyone: int) -> str:
    return "all" if len(signature) == everyone and everyone > 1 else "+".join(signature)


@lru_cache(maxsize=4)
def load_plan(suite: str, folder: Path = DATA) -> Plan:
    """Return the committed plan of a suite; an empty one puts all packages into one layer."""
    path = folder / f"{suite}.yaml"
    if not path.exists():
        return Plan(())
    body = yaml.safe_load(path.read_bytes())
    return Plan(tuple((str(group["name"]), tuple(group["packages"])) for group in body["groups"]))


def plan_text(plan: Plan) -> str:
    """Return a plan as the YAML that ``load_plan`` reads."""
    groups = [{"name": name, "packages": list(packages)} for name, packages in plan.groups]
    return str(yaml.safe_dump({"groups": groups}, sort_keys=False, default_flow_style=None, width=110))
