"""The layer plan: which packages share a layer.

Packages that the same catalogue images use lie in one layer, so that each byte is stored once and an
image still has few layers. A plan is data with a digest that locks name; a new one is a new version beside
the old ones, since it changes digests. Not in charge of making one (``planning``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import yaml

from builds.engine.canonical import digest_of

DATA = Path(__file__).parent / "plans"
REST, ADDED = "rest", "added"


@dataclass(frozen=True)
class Plan:
    """Groups in layer order: what most images share comes first. ``name`` is the committed version's."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    name: str = ""

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


@lru_cache(maxsize=4)
def load_plan(suite: str, folder: Path = DATA) -> Plan:
    """Return the newest committed plan of a suite; an empty one puts all packages into one layer."""
    return next(iter(plans(suite, folder)), Plan(()))


def plan_of(suite: str, digest: str) -> Plan:
    """Return the committed plan that a lock names; the newest when it names none of them."""
    return next((plan for plan in plans(suite) if plan.digest == digest), load_plan(suite))


@lru_cache(maxsize=4)
def plans(suite: str, folder: Path = DATA) -> tuple[Plan, ...]:
    """Return all committed versions of a suite's plan, the newest first."""
    found = {int(path.stem.rpartition("-")[2]): path for path in folder.glob(f"{suite}-[0-9]*.yaml")}
    return tuple(_read(found[number]) for number in sorted(found, reverse=True))


def _read(path: Path) -> Plan:
    body = yaml.safe_load(path.read_bytes())
    groups = tuple((str(group["name"]), tuple(group["packages"])) for group in body["groups"])
    return Plan(groups, name=path.stem)


def next_name(suite: str, folder: Path = DATA) -> str:
    """Return what a new version of a suite's plan is called; published ones never change."""
    newest = load_plan(suite, folder).name
    return f"{suite}-{int(newest.rpartition('-')[2] or 0) + 1}"


def plan_text(plan: Plan) -> str:
    """Return a plan as the YAML that ``load_plan`` reads."""
    groups = [{"name": name, "packages": list(packages)} for name, packages in plan.groups]
    return str(yaml.safe_dump({"groups": groups}, sort_keys=False, default_flow_style=None, width=110))
