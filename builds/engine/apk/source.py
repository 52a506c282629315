"""Where apk packages come from: a repository at an address or in a folder, with the keys it is trusted by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from builds.engine.apk.keys import KeyRing, read_keys
from builds.engine.errors import BadArchiveSetting

#: What the repositories call the architectures of images.
ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}
INDEX = "APKINDEX.tar.gz"
_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class ApkSource:
    """One repository.

    ``id`` goes into locks; up to its first hyphen it names the vendor in package URLs. ``uri`` has no
    credential; ``login`` holds that apart and is in no repr. ``is_unsigned`` takes what is not signed.
    """

    id: str
    uri: str
    ring: KeyRing
    is_unsigned: bool = False
    login: tuple[str, str] | None = field(default=None, repr=False)

    def address(self, path: str) -> str:
        """Give the address of a file of the repository, fit for a log."""
        return f"{self.uri}/{path}"

    @property
    def is_local(self) -> bool:
        return self.uri.startswith("file:")

    @property
    def trust(self) -> str:
        """A short name for what the repository's packages were checked with."""
        return "unsigned" if self.is_unsigned else self.ring.id


def apk_source(
    place: str, *, id_: str = "apk", keys: Sequence[Path] = (), is_unsigned: bool = False
) -> ApkSource:
    """Describe a repository by its address or folder; in it are directories named by architecture.

    :raises BadArchiveSetting: for an unusable address or id, no keys, or keys for what is said to be unsigned
    :raises BadKey: for an unusable key
    """
    if not _ID.fullmatch(id_):
        raise BadArchiveSetting(address=id_[:60], reason="that is not a name for a source")
    uri, login = _placed(place)
    if is_unsigned and keys:
        raise BadArchiveSetting(address=uri, reason="it has keys, and is said to be unsigned")
    if not is_unsigned and not keys:
        raise BadArchiveSetting(address=uri, reason="no key is given that it is trusted by")
    return ApkSource(id_, uri, read_keys(keys), is_unsigned, login)


def _placed(place: str) -> tuple[str, tuple[str, str] | None]:
    if "://" not in place:
        return Path(place).resolve().as_uri(), None
    try:
        parts = urlsplit(place)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadArchiveSetting(address="given", reason="it is malformed") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise BadArchiveSetting(address=host or "given", reason="it is neither http nor https")
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    shown = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    return urlunsplit((parts.scheme, shown, parts.path.rstrip("/"), "", "")), login
