"""Jobs of the `platform` queue that concern people."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from tenants import retention
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


@shared_task(queue="platform")
def forget_audit() -> None:
    """Drop what the audit trail need not keep, where the operator said how long it must."""
    if days := settings.AUDIT_DAYS:
        log.info(
            "audit entries forgotten: %s", retention.forget(before=timezone.now() - timedelta(days=days))
        )
