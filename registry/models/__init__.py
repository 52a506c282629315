"""The rows of floor 1."""

from .blob import Blob, RepositoryBlob, Upload
from .failures import Failures
from .grant import Grant, HeldTag
from .manifest import Manifest, ManifestBlob, ManifestChild, Reach, RepositoryManifest
from .pull import Pull
from .quota import Quota
from .repository import Repository
from .tag import Tag, TagEvent, companions

__all__ = [
    "Blob",
    "Failures",
    "Grant",
    "HeldTag",
    "Manifest",
    "ManifestBlob",
    "ManifestChild",
    "Pull",
    "Quota",
    "Reach",
    "Repository",
    "RepositoryBlob",
    "RepositoryManifest",
    "Tag",
    "TagEvent",
    "Upload",
    "companions",
]
