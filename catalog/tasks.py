"""The catalogue's jobs on the platform queue. Each only wakes a verb."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="catalog.publish_charts", queue="platform")
def publish_charts() -> None:
    from catalog.charts.publish import publish_charts as publish

    publish()


@shared_task(name="catalog.read_pushed_charts", queue="platform")
def read_pushed_charts() -> None:
    from catalog.charts.pushed import read_pushed

    read_pushed()


@shared_task(name="catalog.list_layers", queue="platform")
def list_layers() -> None:
    from catalog.layers import list_layers as read

    read()
