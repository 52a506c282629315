"""From where a cluster pulls the image under test."""

from collections.abc import Callable
from dataclasses import dataclass

from builds.engine.built import PlatformImage


@dataclass(frozen=True, slots=True)
class Supply:
    """A repository that the cluster's nodes reach. A password is as short-lived as the test, or should be.

    :param repository: host and name, as in an image reference without tag: ``images.example.com/team/web``
    :param deliver: pushes one platform's manifest, configuration and layers there, whatever is there already
    """

    repository: str
    password: str
    deliver: Callable[[PlatformImage], None]
    username: str = "tests"

    def reference(self, image: PlatformImage) -> str:
        return f"{self.repository}@{image.manifest.digest}"

    @property
    def host(self) -> str:
        return self.repository.partition("/")[0]
