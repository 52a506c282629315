"""A catalogue that is made up, always the same: by default of the size that the product is measured at."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from catalog.models import Image, VersionStream
from catalog.scale.made import MadeImage, MadePackage, MadeRelease, MadeStream

#: Packages that every image has, and how often each changes over the whole time.
COMMON = (
    "base-files", "bash", "ca-certificates", "curl", "gcc-14-base", "libacl1", "libattr1", "libbz2-1.0", "libc6",
    "libcrypt1", "libgcc-s1", "liblzma5", "libpcre2-8-0", "libselinux1", "libssl3t64", "libstdc++6", "libzstd1",
    "openssl", "tzdata", "zlib1g",
)  # fmt: skip
COMMON_CHANGES = 4
OTHERS = 2500
#: Days that the releases spread over, up to `END`.
DAYS = 720
END = datetime(2026, 8, 22, 12, tzinfo=UTC)
_FIRST = (
    "amber",
    "basalt",
    "cedar",
    "delta",
    "ember",
    "flint",
    "granite",
    "harbor",
    "iris",
    "juniper",
    "kelp",
)
_SECOND = (
    "gateway",
    "queue",
    "store",
    "proxy",
    "agent",
    "runner",
    "index",
    "relay",
    "cache",
    "bridge",
    "ledger",
)
_DOES = ("serves", "stores", "watches", "routes", "builds", "signs", "sorts", "caches")
_WHAT = ("requests", "events", "metrics", "archives", "messages", "certificates", "documents", "sessions")


@dataclass(frozen=True, slots=True)
class Size:
    """How much: `releases` are spread over all images, `packages` are in each release."""

    images: int = 1818
    releases: int = 134_000
    packages: int = 60


#: Streams of an image: suffix of the name, variant, aliases.
_STREAMS = (
    ("", VersionStream.Variant.RUNTIME, ("latest",)),
    ("-dev", VersionStream.Variant.DEV, ("latest-dev",)),
    ("-fips", VersionStream.Variant.FIPS, ("latest-fips",)),
)


def images(size: Size) -> Iterator[MadeImage]:
    """All of them. Raises ValueError when there are fewer releases than streams, or too few packages."""
    if size.releases < size.images * len(_STREAMS) or size.packages < len(COMMON):
        message = f"At least {size.images * len(_STREAMS)} releases and {len(COMMON)} packages are needed."
        raise ValueError(message)
    chance = random.Random(1818)  # noqa: S311  the same each time
    each, more = divmod(size.releases, size.images)
    for number in range(size.images):
        yield _image(number, each + (number < more), size.packages, chance)


def _image(number: int, releases: int, packages: int, chance: random.Random) -> MadeImage:
    name = f"{_FIRST[number % 11]}-{_SECOND[number // 11 % 11]}"
    name = f"{name}-{number // 121}" if number >= 121 else name
    does, what = _DOES[number % 8], _WHAT[number // 8 % 8]
    names = [*COMMON, *(f"libx{one}" for one in chance.sample(range(OTHERS), packages - len(COMMON)))]
    major = 1 + number % 9
    shares = [releases - 2 * (releases // 3), releases // 3, releases // 3]
    streams = [
        _stream(number, f"{major}.{number % 7}{suffix}", variant, aliases, share, names)
        for (suffix, variant, aliases), share in zip(_STREAMS, shares, strict=True)
    ]
    return MadeImage(
        name=name,
        title=name.replace("-", " ").title(),
        summary=f"{does.capitalize()} {what} for many workloads.",
        description=f"# {name}\n\nThis image {does} {what}. It is made up, to be measured with.\n" * 3,
        category=Image.Category.values[number % len(Image.Category.values)],
        is_free=number % 48 == 0,
        replaces=(f"docker.io/library/{name}", f"docker.io/bitnami/{name}"),
        other_names=(f"{name}-server",),
        streams=tuple(streams),
    )


def _stream(
    number: int, name: str, variant: str, aliases: tuple[str, ...], releases: int, names: list[str]
) -> MadeStream:
    step = DAYS / releases
    made = []
    for position in range(releases):
        day = (position + 1) * step - number % 24 / 24
        held = frozenset(held_on(one, day) for one in names)
        made.append(
            MadeRelease(
                published_at=END - timedelta(days=DAYS - day),
                version=f"{name.partition('-')[0]}.{position}",
                size=5_000_000 + number * 40_000 + position * 1000,
                architectures=("amd64", "arm64") if number % 20 else ("amd64",),
                holds=held,
            )
        )
    ends = END.date() + timedelta(days=number % 900 - 240) if number % 3 == 0 else None
    return MadeStream(
        name=name,
        variant=variant,
        aliases=aliases,
        releases=tuple(made),
        is_latest=not name.count("-"),
        eol_on=ends,
    )


def held_on(package: str, day: float) -> MadePackage:
    """The version that a package has on a day; common ones change more often."""
    seed = _seed(package)
    changes = COMMON_CHANGES if package in COMMON else 1 + seed % 2
    return _package(package, int((day + seed % 97) * changes / (DAYS + 97)))


@cache
def _package(name: str, place: int) -> MadePackage:
    seed = _seed(name)
    return MadePackage("deb", name, f"{1 + seed % 5}.{seed % 13}.{place}-{1 + seed % 3}")


@cache
def _seed(name: str) -> int:
    return sum(name.encode())
