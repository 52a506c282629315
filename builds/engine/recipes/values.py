"""What a reviewed package recipe says, as plain values.

A recipe replaces what a package's maintainer scripts would have done; the scripts themselves never run.
Not in charge of reading YAML (``loading``) nor of applying anything (``fragments``, ``generated``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from builds.engine.canonical import digest_of
from builds.engine.spec.values import (
    DirectoryEntry,
    FileEntry,
    GroupAccount,
    LinkEntry,
    UserAccount,
    file_text,
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A link several packages may offer; the highest priority wins, then the first name."""

    link: str
    target: str
    priority: int = 50


@dataclass(frozen=True)
class PackageRecipe:
    """The reviewed replacement of one package's scripts.

    :param because: what the scripts do, and why this is all that an image needs of it
    :param scripts: digests of what the reviewed scripts hold (``residue_digest``), of every version and architecture
        that was read; a package with any other script is refused
    :param remove: glob patterns of paths left out, relative to the root
    :param elide: dependencies that only the scripts need; they are left out and recorded in the lock
    :param needs: packages that its programs need and its metadata does not name, as they are on every full system
    :param generate: names of generated pieces the package calls for (``ca-bundle``, ``java-truststore``)
    :param env: variables the image gets unless it says otherwise
    """

    package: str
    because: str = ""
    scripts: tuple[str, ...] = ()
    users: tuple[UserAccount, ...] = ()
    groups: tuple[GroupAccount, ...] = ()
    directories: tuple[DirectoryEntry, ...] = ()
    links: tuple[LinkEntry, ...] = ()
    files: tuple[FileEntry, ...] = ()
    owners: tuple[DirectoryEntry, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    remove: tuple[str, ...] = ()
    elide: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    generate: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def content_digest(self) -> str:
        """Digest of what changes the package's own files; the rest is applied to whole images."""
        return digest_of(
            {
                "directories": [_entry(item) for item in self.directories],
                "links": [[item.path, item.target] for item in self.links],
                "files": [
                    [item.path, item.mode, item.uid, item.gid, file_text(item.content)] for item in self.files
                ],
                "owners": [_entry(item) for item in self.owners],
                "remove": list(self.remove),
                "generate": list(self.generate),
            }
        )

    @cached_property
    def digest(self) -> str:
        """Digest of the whole recipe but its explanation."""
        return digest_of(
            {
                "package": self.package,
                "content": self.content_digest,
                "users": [[u.name, u.uid, u.gid, u.home, u.comment] for u in self.users],
                "groups": [[g.name, g.gid, list(g.members)] for g in self.groups],
                "alternatives": [[a.link, a.target, a.priority] for a in self.alternatives],
                "elide": list(self.elide),
                "needs": list(self.needs),
                "env": dict(self.env),
            }
        )


def _entry(item: DirectoryEntry) -> list[str | int]:
    return [item.path, item.mode, item.uid, item.gid]


NO_RECIPE = PackageRecipe(package="")
