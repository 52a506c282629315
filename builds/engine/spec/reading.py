"""Read a spec from JSON values: types only, no rules.

Not in charge of whether the values make sense; see ``rules``.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from builds.engine.lock import Lock
from builds.engine.spec.values import (
    BaseImage,
    DirectoryEntry,
    FileEntry,
    GroupAccount,
    LinkEntry,
    Spec,
    UserAccount,
)

T = TypeVar("T")
KEYS = frozenset(Spec.__dataclass_fields__)


class SpecMalformed(ValueError):
    """The JSON has not the shape of a spec; ``field`` says where."""

    code = "spec-malformed"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field = field
        self.sentence = sentence


def spec_from_json(data: Mapping[str, Any]) -> Spec:
    """Build a Spec from JSON values.

    :raises SpecMalformed: when a key is unknown or a value has the wrong JSON type
    """
    if not isinstance(data, Mapping):
        raise SpecMalformed("spec", "A spec is a JSON object.")
    for key in data:
        if key not in KEYS:
            raise SpecMalformed(str(key)[:80], "There is no such field in a spec.")
    return Spec(
        suite=_text(data.get("suite"), "suite"),
        packages=_texts(data.get("packages"), "packages"),
        remove=_texts(data.get("remove"), "remove"),
        entrypoint=_optional_texts(data.get("entrypoint"), "entrypoint"),
        cmd=_optional_texts(data.get("cmd"), "cmd"),
        entrypoint_append=_texts(data.get("entrypoint_append"), "entrypoint_append"),
        cmd_append=_texts(data.get("cmd_append"), "cmd_append"),
        env=_map(data.get("env"), "env"),
        user=_optional_text(data.get("user"), "user"),
        workdir=_optional_text(data.get("workdir"), "workdir"),
        labels=_map(data.get("labels"), "labels"),
        annotations=_map(data.get("annotations"), "annotations"),
        ports=_texts(data.get("ports"), "ports"),
        volumes=_texts(data.get("volumes"), "volumes"),
        stop_signal=_optional_text(data.get("stop_signal"), "stop_signal"),
        users=_each(data.get("users"), "users", _user),
        groups=_each(data.get("groups"), "groups", _group),
        files=_each(data.get("files"), "files", _file),
        directories=_each(data.get("directories"), "directories", _directory),
        links=_each(data.get("links"), "links", _link),
        certificates=_texts(data.get("certificates"), "certificates"),
        architectures=_texts(data.get("architectures", ["amd64"]), "architectures"),
        base=_base(data.get("base")),
    )


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise SpecMalformed(field, "This must be text.")
    return value


def _optional_text(value: Any, field: str) -> str | None:
    return None if value is None else _text(value, field)


def _number(value: Any, field: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise SpecMalformed(field, "This must be a whole number.")
    return value


def _texts(value: Any, field: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise SpecMalformed(field, "This must be a list of texts.")
    return tuple(_text(item, f"{field}[{index}]") for index, item in enumerate(value))


def _optional_texts(value: Any, field: str) -> tuple[str, ...] | None:
    return None if value is None else _texts(value, field)


def _map(value: Any, field: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise SpecMalformed(field, "This must be an object of texts.")
    return {_text(key, field): _text(item, f"{field}.{key}") for key, item in value.items()}


def _each(value: Any, field: str, read: Callable[[Mapping[str, Any], str], T]) -> tuple[T, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise SpecMalformed(field, "This must be a list of objects.")
    items = []
    for index, item in enumerate(value):
        if not isinstance(item, Mapping):
            raise SpecMalformed(f"{field}[{index}]", "This must be an object.")
        items.append(read(item, f"{field}[{index}]"))
    return tuple(items)


def _mode(value: Any, field: str, default: int) -> int:
    """Read a mode spelled in octal text, as ``ls`` and ``chmod`` people write it."""
    if value is None:
        return default
    try:
        return int(_text(value, field), 8)
    except ValueError:
        raise SpecMalformed(field, "A mode is octal digits in text, for example “0644”.") from None


def _known(item: Mapping[str, Any], where: str, keys: frozenset[str]) -> None:
    for key in item:
        if key not in keys:
            raise SpecMalformed(f"{where}.{str(key)[:80]}", "There is no such field here.")


def _user(item: Mapping[str, Any], where: str) -> UserAccount:
    _known(item, where, frozenset(UserAccount.__dataclass_fields__))
    uid = _number(item.get("uid"), f"{where}.uid")
    return UserAccount(
        name=_text(item.get("name"), f"{where}.name"),
        uid=uid,
        gid=_number(item.get("gid", uid), f"{where}.gid"),
        home=_text(item.get("home", "/"), f"{where}.home"),
        comment=_text(item.get("comment", ""), f"{where}.comment"),
    )


def _group(item: Mapping[str, Any], where: str) -> GroupAccount:
    _known(item, where, frozenset(GroupAccount.__dataclass_fields__))
    return GroupAccount(
        name=_text(item.get("name"), f"{where}.name"),
        gid=_number(item.get("gid"), f"{where}.gid"),
        members=_texts(item.get("members"), f"{where}.members"),
    )


def _file(item: Mapping[str, Any], where: str) -> FileEntry:
    _known(item, where, frozenset({"path", "text", "base64", "mode", "uid", "gid"}))
    if ("text" in item) == ("base64" in item):
        raise SpecMalformed(where, "A file has either “text” or “base64”.")
    return FileEntry(
        path=_text(item.get("path"), f"{where}.path"),
        content=_content(item, where),
        mode=_mode(item.get("mode"), f"{where}.mode", 0o644),
        uid=_number(item.get("uid", 0), f"{where}.uid"),
        gid=_number(item.get("gid", 0), f"{where}.gid"),
    )


def _content(item: Mapping[str, Any], where: str) -> bytes:
    if "text" in item:
        try:
            return _text(item["text"], f"{where}.text").encode()
        except UnicodeEncodeError:
            raise SpecMalformed(f"{where}.text", "This text cannot be written as UTF-8.") from None
    try:
        return base64.b64decode(_text(item["base64"], f"{where}.base64"), validate=True)
    except (binascii.Error, ValueError):
        raise SpecMalformed(f"{where}.base64", "This is not base64.") from None


def _directory(item: Mapping[str, Any], where: str) -> DirectoryEntry:
    _known(item, where, frozenset(DirectoryEntry.__dataclass_fields__))
    return DirectoryEntry(
        path=_text(item.get("path"), f"{where}.path"),
        mode=_mode(item.get("mode"), f"{where}.mode", 0o755),
        uid=_number(item.get("uid", 0), f"{where}.uid"),
        gid=_number(item.get("gid", 0), f"{where}.gid"),
    )


def _link(item: Mapping[str, Any], where: str) -> LinkEntry:
    _known(item, where, frozenset(LinkEntry.__dataclass_fields__))
    return LinkEntry(_text(item.get("path"), f"{where}.path"), _text(item.get("target"), f"{where}.target"))


def _base(value: Any) -> BaseImage | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise SpecMalformed("base", "This must be an object.")
    _known(value, "base", frozenset(BaseImage.__dataclass_fields__))
    return BaseImage(
        reference=_text(value.get("reference"), "base.reference"),
        manifests=_map(value.get("manifests"), "base.manifests"),
        spec=spec_from_json(value.get("spec") or {}),
        lock=Lock.from_json(value.get("lock") or {}),
    )
