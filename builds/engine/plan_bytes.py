"""What a way of layering costs: the bytes that a registry keeps of many images, each different layer once.

The one count of it, for the plan's maker and for the bench. Not in charge of making a plan.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import mean

from builds.engine.plan import Plan
from builds.engine.planning import Images, Used

Layering = Callable[[Sequence[Used]], Iterable[frozenset[Used]]]
#: Gives the bytes of a layer of these packages.
Weigh = Callable[[frozenset[Used]], int]


def optimum(images: Images) -> int:
    """Return the bytes when every package is kept once, and nothing beside."""
    return bare({package for packages in images.values() for package in packages})


def bare(layer: Iterable[Used]) -> int:
    """Return the bytes of packages alone, without what a layer adds to them."""
    return sum(package.size for package in layer)


def stored(images: Images, layering: Layering, weigh: Weigh = bare) -> int:
    """Return the bytes of all different layers."""
    return sum(map(weigh, {layer for packages in images.values() for layer in layering(tuple(packages))}))


def layers_of_images(images: Images, layering: Layering) -> list[int]:
    """Return how many layers of packages each image has."""
    return [len(list(layering(tuple(packages)))) for packages in images.values()]


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
        ordered = sorted(sources.items(), key=lambda item: (-bare(item[1]), item[0]))
        largest, others = ordered[:budget], ordered[budget:]
        rest = frozenset(package for _, found in others for package in found)
        return [*(frozenset(found) for _, found in largest), *([rest] if rest else [])]

    return layering


def report(images: Images, plan: Plan, *, budget: int, weigh: Weigh = bare) -> Mapping[str, float]:
    """Return what the plan and apko's rule keep above the optimum, as shares of it, with bytes and layers."""
    least = optimum(images)
    ours, theirs = stored(images, by_plan(plan), weigh), stored(images, by_origin(budget), weigh)
    layers = layers_of_images(images, by_plan(plan))
    return {
        "optimum_bytes": least, "plan_bytes": ours, "origin_bytes": theirs,
        "plan_over_optimum": ours / least - 1, "origin_over_optimum": theirs / least - 1,
        "most_layers": max(layers), "mean_layers": mean(layers),
    }  # fmt: skip
