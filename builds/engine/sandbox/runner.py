"""What any test runner does: take an image in a store and a test spec, return what was seen."""

from typing import Protocol

from builds.engine.built import PlatformImage
from builds.engine.sandbox.values import TestReport, TestSpec
from builds.engine.store import Store


class TestRunner(Protocol):
    """Runs an image's tests somewhere safe. One call is one report; a failing check is no exception."""

    def run(self, *, store: Store, image: PlatformImage, spec: TestSpec) -> TestReport:
        """Test one platform's image.

        :raises NoRuncError: when nothing may be run here
        :raises SandboxError: when the runtime fails for reasons of its own
        :raises DiskFull: when there is no room to unpack the image
        """
        ...


TestRunner.__test__ = False  # type: ignore[attr-defined]  # no test case, and no part of what a runner does
