"""What the engine needs to know of a package format, so that everything else works on both.

A format is a module that has these functions: ``builds.engine.deb.format`` and ``builds.engine.apk.format``.
Solving, fetching, fragments, layers and locks ask a format and never look at its name. Not in charge of where
packages come from beyond reading a signed index.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, cast

from builds.engine.errors import EngineError

if TYPE_CHECKING:  # the formats import what is imported here
    from builds.engine.contents import Contents
    from builds.engine.lock import LockedPackage
    from builds.engine.recipes import PackageRecipe
    from builds.engine.snapshot.facts import Fact
    from builds.engine.sources.transport import Transport
    from builds.engine.tar import TarEntry

NAMES = ("deb", "apk")


class UnknownFormatError(EngineError):
    """A lock or snapshot of a package format that this engine does not know."""

    code: ClassVar[str] = "format-unknown"
    sentence: ClassVar[str] = "{name} is not a package format that images can be built from."


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """What an index says about one package file.

    Sizes are bytes. ``depends``, ``conflicts``, ``provides`` and ``install_if`` are in the format's own syntax.
    ``sha256`` is that of the file; an apk index has none, but the ``checksum`` of the part that names the rest.
    ``priority`` orders the providers of one name, as the format says it. ``install_if`` names what must all be
    there for the package to come by itself.
    """

    name: str
    version: str
    architecture: str
    source: str
    source_version: str
    sha256: str
    size: int
    installed_size: int
    path: str
    section: str
    priority: str
    essential: bool
    multi_arch: str
    description: str
    homepage: str
    depends: str
    conflicts: str
    provides: str
    checksum: str = ""
    install_if: str = ""


class Relation(Protocol):
    """One package name with an optional version bound.

    ``operator`` is one of ``<< < <= = >= > >> ~`` or empty; ``~`` means any version that begins so.
    ``qualifier`` is an architecture, where the format has such.
    """

    @property
    def name(self) -> str: ...
    @property
    def operator(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def qualifier(self) -> str: ...
    def admits(self, version: str) -> bool: ...


Group = Sequence[Relation]


class SignedIndex(Protocol):
    """A verified index of a source: what a snapshot keeps of it. Times are seconds since the epoch.

    ``part`` is the part of the source that it lists: a suite, or an architecture. ``kept_as`` is a file name.
    """

    @property
    def address(self) -> str: ...
    @property
    def kept_as(self) -> str: ...

    @property
    def origin(self) -> str: ...
    @property
    def part(self) -> str: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def digest(self) -> str: ...
    @property
    def date(self) -> int: ...
    @property
    def valid_until(self) -> int | None: ...


class Held(NamedTuple):
    """An index that was verified before, with its date."""

    raw: bytes
    date: int


class Source(Protocol):
    """Where packages of a format come from; ``address`` is fit for a log, ``login`` is not."""

    @property
    def id(self) -> str: ...
    @property
    def login(self) -> tuple[str, str] | None: ...
    def address(self, path: str, /) -> str: ...


class OpenedPackage(Protocol):
    """A package while it is open: its installing scripts to judge, its uncompressed file archive."""

    @property
    def scripts(self) -> Mapping[str, bytes]: ...
    @property
    def data(self) -> memoryview: ...
    def entries(self) -> Iterator["TarEntry"]: ...


Files = dict[str, tuple["TarEntry", bytes]]


class Format(Protocol):
    """The functions of a format.

    ``KEEPS_OLD`` tells whether an older version may be chosen to meet a request, as apk does and apt does not.
    ``ONE_PROVIDER`` tells that of packages which provide a name with a version only one may be there.
    ``SKELETON`` are directories that every image of the format has, with their modes.
    """

    NAME: str
    KEEPS_OLD: bool
    ONE_PROVIDER: bool
    SKELETON: Mapping[str, int]

    def version_key(self, version: str, /) -> bytes:
        """Give bytes that sort, as plain bytes, as the format's versions do."""

    def is_version(self, text: str, /) -> bool: ...

    def parse_field(self, field: str, /) -> Sequence[Group]:
        """Read a field of relations: all groups must hold, one relation of each. ``ValueError`` if malformed."""

    def spell(self, name: str, operator: str, version: str, /) -> str:
        """Write a relation as the format's users write it; ``operator`` is one of ``< <= = >= >``."""

    def preference(self, fact: "Fact", name: str, /) -> tuple[Any, ...]:
        """Give a key: the smallest is the provider of ``name`` to take first."""

    def read_indexes(
        self, sources: Sequence[Any], architectures: Sequence[str], held: Mapping[str, Held],
        transport: "Transport",
    ) -> Sequence[SignedIndex]:  # fmt: skip
        """Fetch and verify the sources' indexes; ``held`` are those of the snapshot before, by ``kept_as``."""

    def packages(self, index: Any, architecture: str, transport: "Transport", /) -> Iterator[PackageFacts]:
        """Give the packages of a verified index for one architecture; ``ValueError`` on hostile entries."""

    def reachable(
        self, indexes: Sequence[Any], architecture: str, names: Sequence[str], /
    ) -> Iterable[tuple[str, PackageFacts]] | None:
        """Give the packages that requests for ``names`` can lead to, with their origins.

        None where it must be found out by looking at all.
        """

    def open_package(self, path: Path, package: "LockedPackage", /) -> AbstractContextManager[Any]:
        """Open a package file after hashing it; gives an ``OpenedPackage``."""

    def added_files(
        self, opened: Any, contents: "Contents", package: "LockedPackage", recipe: "PackageRecipe", /
    ) -> Files:
        """Give what a fragment holds beside the package's own files."""

    def sbom_piece(self, opened: Any, contents: "Contents", package: "LockedPackage", /) -> dict[str, Any]:
        """Give the package's share of a bill of materials."""

    def record(self, opened: Any, contents: "Contents", package: "LockedPackage", /) -> str:
        """Give the package's entry in the database that an image has of its packages; empty if it has none."""

    def database(
        self, records: Mapping[str, str], *, requested: Iterable[str], architecture: str
    ) -> dict[str, bytes]:
        """Give the files of that database from all records by package name."""

    def os_files(self, suite: str, /) -> dict[str, str]:
        """Give the files by which a system says what it is. ``UnknownSuiteError`` for an unknown one."""


def format_of(name: str) -> Format:
    """Return the format of that name.

    :raises UnknownFormatError: when there is none
    """
    if name not in NAMES:
        raise UnknownFormatError(name=repr(name[:40]))
    return cast("Format", import_module(f"builds.engine.{name}.format"))
