"""What a way of layering costs: the bytes that a registry keeps of many images, each different layer once.

Sizes are those of the packages' files. Not in charge of making a plan.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from builds.engine.plan import Plan
from builds.engine.planning import Images, Used

Layering = Callable[[Sequence[Used]], Iterable[frozenset[Used]]]


def optimum(images: Images) -> int:
    """Return the bytes when every package is kept once."""
    return sum(package.size for package in {package for packages in images.values() for package in packages})


def stored(images: Images, layering: Layering) -> int:
    """Return the bytes of all different layers."""
    layers = {layer for packages in images.values() for layer in layering(tuple(packages))}
    return sum(package.size for layer in layers for package in layer)


def most_layers(images: Images, layering: Layering) -> int:
    """Return the layers of packages of the image that has most."""
    return max(len(list(layering(tuple(packages)))) for packages in images.values())


def by_plan(plan: Plan) -> Layering:
    """Layer as a plan says."""

    def layering(packages: Sequence[Used]) -> list[frozenset[Used]]:
        by_name = {package.name: package for package in packages}
        return [frozenset(by_name[name] for name in names) for _, names in plan.layers(by_name)]

    return layering


def by_origin(budget: int) -> Layering:
    """Layer as apko's strategy ``origin`` does: an image's ``budget`` largest sources apart, the rest together."""

    def layering(packages: Sequence[Used]) -> list[frozenset[Used]]:
        sources: dict[str, set[Used]] = {}
        for package in packages:
            sources.setdefault(package.source, set()).add(package)
        ordered = sorted(sources.items(), key=lambda item: (-sum(p.size for p in item[1]), item[0]))
        largest, others = ordered[:budget], ordered[budget:]
        rest = frozenset(package for _, found in others for package in found)
        return [*(frozenset(found) for _, found in largest), *([rest] if rest else [])]

    return layering


def report(images: Images, plan: Plan, *, budget: int) -> Mapping[str, float]:
    """Return what the plan and apko's rule keep above the optimum, as shares of it, with the bytes."""
    least = optimum(images)
    ours, theirs = stored(images, by_plan(plan)), stored(images, by_origin(budget))
    return {
        "optimum_bytes": least, "plan_bytes": ours, "origin_bytes": theirs,
        "plan_over_optimum": ours / least - 1, "origin_over_optimum": theirs / least - 1,
        "most_layers": most_layers(images, by_plan(plan)),
    }  # fmt: skip
