"""Jobs of the `platform` queue that concern people."""

from __future__ import annotations

import logging

from celery import shared_task

from tenants.directory.sync import sync
from tenants.models import Directory
from tenants.trust.exchange import forget

log = logging.getLogger(__name__)


@shared_task(queue="platform")
def sync_directories() -> None:
    """Re-read every active directory's people; whoever was removed there loses sessions and tokens here."""
    for directory in Directory.unscoped.filter(is_active=True, tenant__is_active=True):
        done = sync(directory=directory)
        log.info(
            "directory %s: %s kept, %s withdrawn %s", directory.pk, done.kept, done.withdrawn, done.trouble
        )


@shared_task(queue="platform")
def forget_workloads() -> None:
    """Drop what remembered workloads' tokens that have long expired."""
    log.info("workload tokens forgotten: %s", forget())
