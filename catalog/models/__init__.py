"""The rows of floor 2."""

from .chart import Chart, ChartVersion
from .entitlement import Entitlement
from .image import Image, VersionStream
from .package import Package, PackageSpan, PackageVersion
from .release import Release

__all__ = [
    "Chart",
    "ChartVersion",
    "Entitlement",
    "Image",
    "Package",
    "PackageSpan",
    "PackageVersion",
    "Release",
    "VersionStream",
]
