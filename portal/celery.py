"""The job queues: `builds` (workers), `signing` (the signer) and `platform` (the scheduler).

The broker only wakes processes; rows of `builds.Build` are the truth (see `builds.lease`).
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, Task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


class Job(Task):  # type: ignore[type-arg]
    """A job is the platform's own work: it sees every tenant's rows. A worker has no database at all."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from tenants.scope import platform_wide  # imports Django's models, which are not ready up here

        with platform_wide():
            return super().__call__(*args, **kwargs)


app = Celery("assay", task_cls=Job)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
