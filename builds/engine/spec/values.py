"""The spec: everything a customer may say about an image, as plain values.

Not in charge of rules: a spec may be built from anything JSON can hold; ``rules.validate`` says what
is wrong with it. Not in charge of packages' versions: that is the lock.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builds.engine.canonical import canonical_json, digest_of
from builds.engine.lock import Lock


@dataclass(frozen=True, slots=True)
class UserAccount:
    """A line of ``/etc/passwd``; it never gets a login shell or a password."""

    name: str
    uid: int
    gid: int
    home: str = "/"
    comment: str = ""


@dataclass(frozen=True, slots=True)
class GroupAccount:
    """A line of ``/etc/group``."""

    name: str
    gid: int
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A regular file that the customer adds; it may replace a package's file."""

    path: str
    content: bytes
    mode: int = 0o644
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A directory that the customer adds, or whose owner and mode it sets."""

    path: str
    mode: int = 0o755
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True, slots=True)
class LinkEntry:
    """A symbolic link that the customer adds."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class BaseImage:
    """The published release that a golden image starts from.

    ``reference`` is a name for people; ``manifests`` maps architecture to the base's manifest digest.
    """

    reference: str
    manifests: Mapping[str, str]
    spec: "Spec"
    lock: Lock


APPENDED = ("entrypoint_append", "cmd_append")


@dataclass(frozen=True, slots=True)
class Spec:
    """One image, described. ``None`` means "as the base has it"; an empty value means "none".

    ``packages`` are names, optionally ``name=version``; ``remove`` names packages of the base. ``cmd`` is cleared when ``entrypoint`` is set
    and ``cmd`` is not, as container tools do. ``entrypoint_append`` and ``cmd_append`` are added to the base's
    instead. These and ``remove`` are left out of JSON where they say nothing.
    """

    suite: str
    packages: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    entrypoint_append: tuple[str, ...] = ()
    cmd_append: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    workdir: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str | None = None
    users: tuple[UserAccount, ...] = ()
    groups: tuple[GroupAccount, ...] = ()
    files: tuple[FileEntry, ...] = ()
    directories: tuple[DirectoryEntry, ...] = ()
    links: tuple[LinkEntry, ...] = ()
    certificates: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ("amd64",)
    remove: tuple[str, ...] = ()
    base: BaseImage | None = None

    @property
    def digest(self) -> str:
        """``sha256:…`` of the canonical JSON; the identity of what was asked for."""
        return digest_of(self.to_json())

    @property
    def canonical(self) -> bytes:
        return canonical_json(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """Return the spec as JSON values; sets are sorted, so that order of typing does not matter."""
        return {
            "suite": self.suite,
            "packages": sorted(set(self.packages)),
            **({"remove": sorted(set(self.remove))} if self.remove else {}),
            "entrypoint": _list(self.entrypoint),
            "cmd": _list(self.cmd),
            **{name: list(words) for name in APPENDED if (words := getattr(self, name))},
            "env": dict(self.env),
            "user": self.user,
            "workdir": self.workdir,
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "ports": sorted(set(self.ports)),
            "volumes": sorted(set(self.volumes)),
            "stop_signal": self.stop_signal,
            "users": [_user_json(user) for user in sorted(self.users, key=lambda item: item.name)],
            "groups": [_group_json(group) for group in sorted(self.groups, key=lambda item: item.name)],
            "files": [_file_json(entry) for entry in sorted(self.files, key=lambda item: item.path)],
            "directories": [
                _directory_json(item) for item in sorted(self.directories, key=lambda item: item.path)
            ],
            "links": [
                {"path": item.path, "target": item.target}
                for item in sorted(self.links, key=lambda i: i.path)
            ],
            "certificates": sorted(set(self.certificates)),
            "architectures": sorted(set(self.architectures)),
            "base": _base_json(self.base),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Spec":
        """Read a spec back; missing keys take their defaults.

        :raises SpecMalformed: when a key is unknown or a value has the wrong JSON type
        """
        from builds.engine.spec.reading import spec_from_json  # reading builds these values

        return spec_from_json(data)


def file_text(content: bytes) -> dict[str, str]:
    """Spell file content for JSON: as text when it is exactly UTF-8 text, else as base64."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        return {"base64": base64.b64encode(content).decode()}
    return {"text": text}


def _list(value: tuple[str, ...] | None) -> list[str] | None:
    return None if value is None else list(value)


def _user_json(user: UserAccount) -> dict[str, Any]:
    return {"name": user.name, "uid": user.uid, "gid": user.gid, "home": user.home, "comment": user.comment}


def _group_json(group: GroupAccount) -> dict[str, Any]:
    return {"name": group.name, "gid": group.gid, "members": list(group.members)}


def _file_json(entry: FileEntry) -> dict[str, Any]:
    return {
        "path": entry.path, "mode": f"{entry.mode:04o}", "uid": entry.uid, "gid": entry.gid,
        **file_text(entry.content),
    }  # fmt: skip


def _directory_json(entry: DirectoryEntry) -> dict[str, Any]:
    return {"path": entry.path, "mode": f"{entry.mode:04o}", "uid": entry.uid, "gid": entry.gid}


def _base_json(base: BaseImage | None) -> dict[str, Any] | None:
    if base is None:
        return None
    return {
        "reference": base.reference,
        "manifests": dict(base.manifests),
        "spec": base.spec.to_json(),
        "lock": base.lock.to_json(),
    }
