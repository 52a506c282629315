"""What a customer asks for: the values, how they are read, and the rules they keep."""

from builds.engine.spec.reading import SpecMalformed
from builds.engine.spec.rules import SpecError, validate
from builds.engine.spec.values import (
    BaseImage,
    DirectoryEntry,
    FileEntry,
    GroupAccount,
    LinkEntry,
    Spec,
    UserAccount,
)

__all__ = [
    "BaseImage",
    "DirectoryEntry",
    "FileEntry",
    "GroupAccount",
    "LinkEntry",
    "Spec",
    "SpecError",
    "SpecMalformed",
    "UserAccount",
    "validate",
]
