"""Wake the processes that do the work, by the names of their jobs; the jobs themselves are `builds.tasks`.

A message may be lost: whoever wakes has written down what is to be done, and the reaper wakes again.
"""

from __future__ import annotations

from celery import current_app

RUN_BUILD, SIGN_BUILD, SIGN_CHARTS = "builds.run_build", "builds.sign_build", "builds.sign_charts"


def worker(build_id: str, key: str) -> None:
    """Wake some worker for a build; `key` is all it needs to claim it."""
    current_app.send_task(RUN_BUILD, args=[build_id, key], queue="builds")


def signer(build_id: str) -> None:
    current_app.send_task(SIGN_BUILD, args=[build_id], queue="signing")
