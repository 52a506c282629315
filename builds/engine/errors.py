"""What the engine refuses, by name.

Each error has a stable ``code`` and a sentence for people. ``is_fault`` tells
an outside condition (ours or the network's, worth a retry) from an error in
what was asked. Sentences never hold a credential: addresses arrive redacted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class EngineError(Exception):
    """Base of all named errors of the engine."""

    code: ClassVar[str] = "engine"
    is_fault: ClassVar[bool] = False
    sentence: ClassVar[str] = "The engine cannot do this."

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.sentence.format(**facts))

    def __reduce__(self) -> tuple[object, ...]:
        """Facts are named, which is why an error says itself how another process makes it again."""
        return _again, (type(self), self.facts)


def _again(kind: type[EngineError], facts: Mapping[str, object]) -> EngineError:
    return kind(**facts)


class BadLock(EngineError):
    """A lock that cannot be read."""

    code = "lock-invalid"
    sentence = "This is not a valid lock: {reason}."


class NoArchive(EngineError):
    """The machine's package sources name no Debian archive."""

    code = "archive-none"
    is_fault = True
    sentence = (
        "No Debian {part} was found among this machine's package sources ({where}). "
        "Add one, or set ASSAY_ARCHIVE."
    )


class BadArchiveSetting(EngineError):
    """ASSAY_ARCHIVE or a source names an address that cannot be used."""

    code = "archive-setting"
    sentence = "The archive address {address} cannot be used: {reason}."


class ArchiveUnreachable(EngineError):
    """The archive did not answer in time, or not with success."""

    code = "archive-unreachable"
    is_fault = True
    sentence = "The package archive did not give {address}: {reason}."


class ArchiveTooLarge(EngineError):
    """A file of the archive is larger than allowed."""

    code = "archive-too-large"
    is_fault = True
    sentence = "{address} is larger than the {limit} bytes allowed for it."


class SignatureInvalid(EngineError):
    """An index that is not signed by a trusted key."""

    code = "index-signature"
    is_fault = True
    sentence = "The index {address} is not signed by a trusted key: {reason}."


class SignatureToolMissing(EngineError):
    """gpgv or the keyring is not installed."""

    code = "index-signature-tool"
    is_fault = True
    sentence = "Index signatures cannot be checked: {reason}."


class IndexInvalid(EngineError):
    """A signed index that cannot be understood or is not the one asked for."""

    code = "index-invalid"
    is_fault = True
    sentence = "The index {address} cannot be used: {reason}."


class IndexExpired(EngineError):
    """An index past its Valid-Until date."""

    code = "index-expired"
    is_fault = True
    sentence = "The index {address} expired at {expired_at}; the archive may be out of date."


class IndexMismatch(EngineError):
    """A file that is not the one its signed index describes."""

    code = "index-mismatch"
    is_fault = True
    sentence = "{address} is not the file that the signed index describes: {reason}."


class DiskFull(EngineError):
    """There is no space left to write to."""

    code = "disk-full"
    is_fault = True
    sentence = "No space is left on the disk for {path}. Free some and try again."


class SnapshotMissing(EngineError):
    """No usable index snapshot."""

    code = "snapshot-missing"
    is_fault = True
    sentence = "There is no package index for {suite} on {architecture} yet: {reason}."


class PackageMismatch(EngineError):
    """A downloaded package that is not the locked one."""

    code = "package-mismatch"
    is_fault = True
    sentence = "The package {package} is not the locked one: {reason}."


class PackageUnreadableError(EngineError):
    """A package file that has not the form of one."""

    code = "package-unreadable"
    sentence = "The package {package} cannot be read: {reason}."


class PackageBombError(EngineError):
    """A package that unpacks to far more than its index entry says."""

    code = "package-bomb"
    sentence = "The package {package} unpacks to more than {limit} bytes and is refused."


class BadRequest(EngineError):
    """A package request that is no package name."""

    code = "package-request"
    sentence = "{request} is not a package name, or a name=version pair."


class UnknownPackage(EngineError):
    """A requested package that the index does not list."""

    code = "package-unknown"
    sentence = "There is no package {name} in {suite} for {architecture}.{hint}"

    def __init__(self, *, name: str, suite: str, architecture: str, near: Sequence[str]) -> None:
        self.near = tuple(near)
        hint = f" Did you mean {_or(near)}?" if near else ""
        super().__init__(name=name, suite=suite, architecture=architecture, hint=hint)


class UnknownVersion(EngineError):
    """A requested version that the index does not list."""

    code = "package-version-unknown"
    sentence = "There is no version {version} of {name} in {suite}. It has {known}."


class Unsolvable(EngineError):
    """Requests that cannot be met together; ``reasons`` is the chain of rules."""

    code = "packages-unsolvable"
    sentence = "These packages cannot be installed together. {chain}"

    def __init__(self, *, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(chain=" ".join(f"{reason}." for reason in reasons))


class RemovalUnsafe(EngineError):
    """Packages that cannot be removed; ``needed`` says of each who needs it."""

    code = "package-needed"
    sentence = "{words}"

    def __init__(self, *, needed: Mapping[str, Sequence[str]]) -> None:
        self.needed = needed
        super().__init__(words=" ".join(self.said(name) for name in needed))

    def said(self, name: str) -> str:
        """Give the sentence about one of them."""
        by = self.needed[name]
        some = _and(by) if len(by) <= 4 else _and([*by[:3], f"{len(by) - 3} more packages"])
        return f"{name} cannot be removed: {some} {'needs' if len(by) == 1 else 'need'} it."


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


class SolverDisagrees(EngineError):
    """A solution that our own reading of the relations rejects."""

    code = "solver-disagrees"
    is_fault = True
    sentence = "The chosen packages are not complete: {package} needs {needs}."
