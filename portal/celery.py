"""The job queues: `builds` (workers), `signing` (the signer) and `platform` (the scheduler).

The broker only wakes processes; rows of `builds.Build` are the truth (see `builds.lease`).
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
app = Celery("assay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
