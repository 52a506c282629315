"""What a directory tree in an LDIF file holds: its base and the people who could sign in.

For the directory of demonstrations; a real installation asks the server.
"""

from __future__ import annotations

import uuid
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


def with_keys(tree: Tree, path: Path) -> Tree:
    """A copy at `path` in which each entry has an entryUUID made from its DN.

    A server that loads the file again would otherwise make up new ones: everyone would be somebody else.
    """
    with path.open("w") as file:
        writer = ldif.LDIFWriter(file)
        for dn, attributes in _records(tree.path):
            key = str(uuid.uuid5(uuid.NAMESPACE_X500, dn)).encode()
            writer.unparse(dn, {"entryUUID": [key], **attributes})
    return Tree(path, tree.base, tree.logins)


def read(path: Path) -> Tree:
    """Read an LDIF file, or the first one in a folder. Raises NoTree."""
    file = next(iter(sorted(path.glob("*.ldif"))), path / "*.ldif") if path.is_dir() else path
    records = _records(file)
    if not records:
        raise NoTree(f"{file} has no entries.")
    logins = [attributes["uid"][0].decode() for _, attributes in records if attributes.get("uid")]
    return Tree(file, records[0][0], tuple(logins))


def _records(file: Path) -> list[tuple[str, dict[str, list[bytes]]]]:
    try:
        with file.open("rb") as opened:
            parser = ldif.LDIFRecordList(opened)
            parser.parse()
    except (OSError, ValueError) as error:
        raise NoTree(f"No directory tree can be read from {file}: {error}") from error
    return list(parser.all_records)
