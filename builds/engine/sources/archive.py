"""Which archives a suite comes from: Debian's own, as this machine knows them.

No address is written here. They are those of apt's sources, so a company
mirror works by itself; ``ASSAY_ARCHIVE`` overrides them (the archive's
address, then after a blank the security archive's). Sources of third parties
are ignored. Not in charge of fetching (``transport``) or trust (``release``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from builds.engine.errors import BadArchiveSetting, NoArchive
from builds.engine.sources.apt import APT_DIRECTORY, AptSource, read_sources

DEFAULT_SUITE = "trixie"
DEFAULT_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_CODENAMES = "buster|bullseye|bookworm|trixie|forky|duke|sid|stable|oldstable|oldoldstable|testing|unstable"
_MAIN = re.compile(rf"(?:{_CODENAMES})(?:-updates)?")
_SECURITY = re.compile(rf"(?:{_CODENAMES})(?:-security|/updates)")
_SUITE = re.compile(r"[a-z][a-z0-9.-]{1,40}")


@dataclass(frozen=True, slots=True)
class Source:
    """One signed release of an archive.

    ``id`` is stable and goes into locks. ``uri`` is the archive's root, without
    a credential; ``login`` holds that apart and is in no repr.
    """

    id: str
    uri: str
    suite: str
    keyring: Path
    login: tuple[str, str] | None = field(default=None, repr=False)

    def address(self, path: str) -> str:
        """Give the address of a file below the archive root, fit for a log."""
        return f"{self.uri}/{path}"

    @property
    def release(self) -> str:
        return f"dists/{self.suite}"


def debian_sources(
    suite: str = DEFAULT_SUITE,
    *,
    environ: Mapping[str, str] = os.environ,
    apt: Path = APT_DIRECTORY,
) -> tuple[Source, ...]:
    """Give the sources of a Debian suite: the archive, its updates, security.

    The suite need not be the machine's own. Raises ``NoArchive`` where apt
    names no Debian archive, ``BadArchiveSetting`` for an unusable address.
    """
    if not _SUITE.fullmatch(suite):
        raise BadArchiveSetting(address=suite, reason="that is not the name of a suite")
    given = environ.get("ASSAY_ARCHIVE", "").split()
    known = () if len(given) > 1 else read_sources(apt)
    main = given[0] if given else _pick(known, _MAIN, part="archive", where=apt)
    security = given[1] if len(given) > 1 else _pick(known, _SECURITY, part="security archive", where=apt)
    keyring = Path(environ.get("ASSAY_ARCHIVE_KEYRING") or DEFAULT_KEYRING)
    return (
        _source("debian", main, suite, keyring),
        _source("debian-updates", main, f"{suite}-updates", keyring),
        _source("debian-security", security, f"{suite}-security", keyring),
    )


def _pick(known: Iterable[AptSource], suites: re.Pattern[str], *, part: str, where: Path) -> str:
    fitting = [
        source
        for source in known
        if suites.fullmatch(source.suite.rstrip("/")) and "main" in source.components and _is_debian(source)
    ]
    fitting.sort(key=lambda source: not source.signed_by)
    if not fitting:
        raise NoArchive(part=part, where=where)
    return fitting[0].uri


def _is_debian(source: AptSource) -> bool:
    signed_by = source.signed_by.split(",")[0].strip()
    is_ours = not signed_by or Path(signed_by).name.startswith("debian-archive-")
    return is_ours and urlsplit(source.uri).scheme in {"http", "https"}


def _source(id_: str, uri: str, suite: str, keyring: Path) -> Source:
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadArchiveSetting(address="given", reason="it is malformed") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise BadArchiveSetting(address=host or "given", reason="it is neither http nor https")
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    place = f"[{host}]" if ":" in host else host
    if port:
        place += f":{port}"
    bare = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))
    return Source(id_, bare, suite, keyring, login)
