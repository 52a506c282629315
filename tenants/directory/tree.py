"""What a directory tree in an LDIF file holds: its base and the people who could sign in.

For the directory of demonstrations; a real installation asks the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import ldif


class NoTree(ValueError):
    """The file is missing, or is no directory tree."""

    code = "no_tree"


@dataclass(frozen=True, slots=True)
class Tree:
    """An LDIF file: the DN of its first entry, and the values of `uid` in the order of the file."""

    path: Path
    base: str
    logins: tuple[str, ...]


def read(path: Path) -> Tree:
    """Read an LDIF file, or the first one in a folder. Raises NoTree."""
    file = next(iter(sorted(path.glob("*.ldif"))), path / "*.ldif") if path.is_dir() else path
    try:
        with file.open("rb") as opened:
            parser = ldif.LDIFRecordList(opened)
            parser.parse()
    except (OSError, ValueError) as error:
        raise NoTree(f"No directory tree can be read from {file}: {error}") from error
    if not parser.all_records:
        raise NoTree(f"{file} has no entries.")
    logins = [attributes["uid"][0].decode() for _, attributes in parser.all_records if attributes.get("uid")]
    return Tree(file, parser.all_records[0][0], tuple(logins))
