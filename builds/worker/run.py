"""One build, from claim to result: fetch, assemble, scan, test, push. Used by the job and by tests.

Runs without a database. Not in charge of steps' rules, of signing or of tags; what it cannot do it says with
a code and a sentence, and whether another attempt may help.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from builds.engine.build import build
from builds.engine.built import BuiltImage
from builds.engine.errors import EngineError
from builds.engine.fetch import fetch_packages
from builds.engine.gather import needed_packages
from builds.engine.recipes import book_of
from builds.engine.scan import scan_image
from builds.engine.sources.archive import debian_sources
from builds.engine.spec import SpecMalformed
from builds.engine.store import Store
from builds.worker import base
from builds.worker.errors import LeaseLost, PortalUnreachable, WorkerError
from builds.worker.order import Order
from builds.worker.portal import Portal
from builds.worker.push import push
from builds.worker.registry import Staging
from builds.worker.reporter import Reporter
from builds.worker.result import result_document, scan_summary
from builds.worker.trial import try_image

logger = logging.getLogger(__name__)


def worker_name() -> str:
    """The name this process goes by in leases and logs."""
    return f"{socket.gethostname()}:{os.getpid()}"


def run(*, build_id: str, key: str) -> None:
    """Do one build. Ends quietly when the build is no longer ours."""
    portal = Portal(address=settings.INTERNAL_URL, build_id=build_id, key=key)
    try:
        _run(portal, key)
    except LeaseLost:
        logger.info("build %s is no longer this worker's", build_id)
    except PortalUnreachable as error:
        logger.warning("build %s: %s The lease will run out.", build_id, error)
    finally:
        portal.close()


def _run(portal: Portal, key: str) -> None:
    plain = portal.claim(worker_name())
    try:
        order = Order.read(plain)
    except (EngineError, SpecMalformed) as error:
        portal.give_up(code=error.code, sentence=str(error), is_fault=False)
        return
    staging = Staging(
        address=settings.INTERNAL_URL, name=order.staging, key=key, mounts_from=order.mounts_from
    )
    try:
        with Reporter(portal, lease_seconds=order.lease_seconds) as reporter:
            result = _Attempt(order, staging, reporter).work()
        portal.finish(result)
    except (LeaseLost, PortalUnreachable):
        raise
    except (WorkerError, EngineError) as error:
        logger.log(logging.WARNING if error.is_fault else logging.INFO, "build %s: %s", order.build, error)
        portal.give_up(code=error.code, sentence=str(error), is_fault=error.is_fault)
    except Exception:
        logger.exception("build %s", order.build)
        portal.give_up(code="worker-fault", sentence="The worker met a fault of ours.", is_fault=True)
    finally:
        staging.close()


class _Attempt:
    """One attempt at one order."""

    def __init__(self, order: Order, staging: Staging, reporter: Reporter) -> None:
        self.order, self.staging, self.reporter = order, staging, reporter
        self.store = Store(Path(settings.ENGINE_STORE))
        self.timings: dict[str, float] = {}
        self.fetched = 0

    def work(self) -> dict[str, Any]:
        """Give the result document. Raises WorkerError, EngineError."""
        with self._step("fetch") as say:
            say(self._fetch())
        with self._step("assemble") as say:
            image = self._assemble()
            platform = image.platforms[0]
            say(f"{len(platform.layers)} layers, {platform.size} bytes")
        with self._step("scan") as say:
            scan = self._scan(image)
            for finding in scan["findings"]:
                self.reporter.line(f"{finding['rule']} {finding['path']} ({finding['package']})")
            say("1 finding" if scan["count"] == 1 else f"{scan['count']} findings")
        with self._step("test") as say:
            tests = try_image(
                self.order, image, store=self.store, staging=self.staging, say=self.reporter.line
            )
            say(f"{tests['passed']} of {tests['total']} checks passed" if tests["total"] else "Not run")
        with self._step("push") as say:
            say(push(image, store=self.store, staging=self.staging, say=self.reporter.line))
        return result_document(image, tests=tests, scan=scan, timings=self.timings)

    def _fetch(self) -> str:
        base.keep_documents(self.order, self.store)
        spec, lock = self.order.spec, self.order.lock
        needed = needed_packages(spec, lock, self.store, book_of(lock.format))
        everything = sum(len(found) for found in lock.packages.values())
        if needed:
            fetch_packages(
                needed,
                sources=debian_sources(spec.suite),
                cache=Path(settings.PACKAGE_CACHE),
                progress=self._tell_fetched,
            )
        return f"{len(needed)} of {everything} packages were not unpacked before"

    def _tell_fetched(self, done: int, total: int, size: int) -> None:
        """A line for each whole package, not for each piece of one."""
        if done > self.fetched:
            self.fetched = done
            amount = f"{size} bytes" if size else "downloaded before"
            self.reporter.line(f"{done} of {total} packages, {amount}")

    def _assemble(self) -> BuiltImage:
        def say(step: str, message: str) -> None:
            self.reporter.line(f"{step} {message}")

        return build(self.order.spec, self.order.lock, self.store, Path(settings.PACKAGE_CACHE), progress=say)

    def _scan(self, image: BuiltImage) -> dict[str, Any]:
        """Scan every platform; packages that these rules have seen before are only looked up."""
        packages, book = self.order.lock.packages, book_of(self.order.lock.format)
        return scan_summary(
            {
                platform.architecture: scan_image(
                    platform, packages.get(platform.architecture, ()), store=self.store, book=book
                )
                for platform in image.platforms
            }
        )

    @contextmanager
    def _step(self, name: str) -> Iterator[Any]:
        """Report a step's start and end; `say` in it sets the line of outcome."""
        outcome = [""]
        begun = time.monotonic()
        self.reporter.step(name)
        try:
            yield lambda text: outcome.__setitem__(0, text)
        except (WorkerError, EngineError) as error:
            if not isinstance(error, LeaseLost):
                self.reporter.step(name, "failed", str(error))
            raise
        finally:
            self.timings[name] = time.monotonic() - begun
        self.reporter.step(name, "done", outcome[0])
