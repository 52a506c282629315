"""How often credentials were wrong: a count, no secret and no name."""

from __future__ import annotations

from django.db import models


class Failures(models.Model):
    """Wrong credentials from one network within one minute."""

    network = models.CharField(max_length=50)
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "minute"], name="failures_once_a_minute")]

    def __str__(self) -> str:
        return f"{self.network} at {self.minute:%Y-%m-%d %H:%M}: {self.count}"
