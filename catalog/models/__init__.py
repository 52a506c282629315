"""The rows of floor 2."""

from . import lookups as lookups
from .access_request import AccessRequest
from .changelog import Changelog
from .chart import Chart, ChartVersion
from .entitlement import Entitlement
from .image import Image, VersionStream
from .layer import LayerListing
from .package import Package, PackageSpan, PackageVersion
from .release import Release

__all__ = [
    "AccessRequest",
    "Changelog",
    "Chart",
    "ChartVersion",
    "Entitlement",
    "Image",
    "LayerListing",
    "Package",
    "PackageSpan",
    "PackageVersion",
    "Release",
    "VersionStream",
]
