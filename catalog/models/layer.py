"""What is in a layer."""

from __future__ import annotations

from django.db import models


class LayerListing(models.Model):
    """The files of one layer, read once; layers are found by digest, as their bytes never change."""

    digest = models.CharField(max_length=140, unique=True)
    entries = models.PositiveIntegerField(default=0)
    #: Bytes of its files, unpacked.
    size = models.PositiveBigIntegerField(default=0)
    #: Names of the packages that it holds, as the image's own database has them.
    packages = models.JSONField(default=list)
    #: Compressed; `catalog.layers` reads it.
    content = models.BinaryField(default=bytes)
    #: Why it could not be read, or "".
    trouble = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.digest
