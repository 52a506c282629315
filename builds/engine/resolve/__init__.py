"""From a few requested packages to the exact, complete set that is installed."""

from builds.engine.resolve.chains import chains
from builds.engine.resolve.solving import Resolution, resolve, solve

__all__ = ["Resolution", "chains", "resolve", "solve"]
