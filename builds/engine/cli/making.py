"""What ``build`` and ``verify`` share: fetch what is missing, the base first, and build."""

from __future__ import annotations

import sys
from pathlib import Path

from builds.engine.build import build
from builds.engine.built import BuiltImage
from builds.engine.cli.origins import Origin
from builds.engine.errors import EngineError
from builds.engine.fetch import default_cache, fetch_packages
from builds.engine.gather import needed_packages
from builds.engine.lock import Lock
from builds.engine.recipes import book_of
from builds.engine.spec import Spec
from builds.engine.store import Store


class BaseDiffers(EngineError):
    """A base that, rebuilt from its own lock, is not the one that was built upon."""

    code = "base-differs"
    sentence = "The base image rebuilt for {architecture} is {here}, not {locked}."


def make(spec: Spec, lock: Lock, store: Store, cache: Path | None, origin: Origin) -> BuiltImage:
    """Build into ``store``, from nothing but the two files and where packages come from.

    :raises BaseDiffers: when the base does not come out as it was
    :raises EngineError: for everything else that is refused
    """
    cache = cache or default_cache()
    if spec.base is not None:
        below = make(spec.base.spec, spec.base.lock, store, cache, origin)
        for platform in below.platforms:
            locked = spec.base.manifests.get(platform.architecture)
            if locked not in (None, platform.manifest.digest):
                raise BaseDiffers(
                    architecture=platform.architecture, here=platform.manifest.digest, locked=locked
                )
    needed = needed_packages(spec, lock, store, book_of(lock.format))
    if needed:
        fetch_packages(needed, sources=origin.sources, cache=cache)
    return build(spec, lock, store, cache, progress=say)


def say(step: str, message: str) -> None:
    """Tell how far the work is, on standard error."""
    print(f"{step:7} {message}", file=sys.stderr)
