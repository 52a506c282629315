"""The registry's jobs on the platform queue. Each only wakes a verb."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="registry.collect", queue="platform")
def collect() -> None:
    from registry import throttle
    from registry.collect import collect as run

    run()
    throttle.forget_old()


@shared_task(name="registry.scrub", queue="platform")
def scrub() -> None:
    from registry.scrub import scrub as run

    run()
