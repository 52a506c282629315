"""The jobs of the three queues. Each only wakes a verb; the row of the build is the truth.

Imports stay inside the tasks: a worker has no database and a signer no engine.
"""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from builds import wake


@shared_task(name=wake.RUN_BUILD)
def run_build(build_id: str, key: str) -> None:
    from builds.worker.run import run

    run(build_id=build_id, key=key)


@shared_task(name=wake.SIGN_BUILD)
def sign_build(build_id: str) -> None:
    from builds.sign import sign

    sign(build_id=UUID(build_id))


@shared_task(name=wake.SIGN_CHARTS, queue="signing")
def sign_charts() -> None:
    from builds.sign_charts import sign_charts as sign

    sign()


@shared_task(name="builds.reap", queue="platform")
def reap() -> None:
    from builds import lease

    lease.reap()
