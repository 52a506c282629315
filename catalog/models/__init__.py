"""The rows of floor 2."""

from .chart import Chart, ChartVersion
from .entitlement import Entitlement
from .image import Image, VersionStream
from .package import Package, PackageVersion, ReleasePackage
from .release import Release

__all__ = [
    "Chart",
    "ChartVersion",
    "Entitlement",
    "Image",
    "Package",
    "PackageVersion",
    "Release",
    "ReleasePackage",
    "VersionStream",
]
