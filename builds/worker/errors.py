"""What ends a worker's attempt, by name."""

from __future__ import annotations

from typing import ClassVar


class WorkerError(Exception):
    """Base. `is_fault` tells what deserves another attempt from what does not."""

    code: ClassVar[str] = "worker"
    is_fault: ClassVar[bool] = True


class PortalUnreachable(WorkerError):
    """The portal does not answer, or not sensibly."""

    code = "portal-unreachable"


class LeaseLost(WorkerError):
    """The build is another's now, cancelled, or unknown: stop, and report nothing."""

    code = "lease-lost"


class PushRefused(WorkerError):
    """The registry did not take what was pushed."""

    code = "push-refused"


class BaseDamaged(WorkerError):
    """A blob of the base image that is not what its digest says."""

    code = "base-damaged"


class TestFailed(WorkerError):
    """The image did not do in the sandbox what it must."""

    code = "tests-failed"
    is_fault = False
    __test__ = False  # not for a test collector


class NoSandbox(WorkerError):
    """No container runtime may run here, and untested images are not allowed."""

    code = "untested"
    is_fault = False
