"""apko's configuration, where it means what a spec means; everything else is refused by its name.

Written from apko's published description of its image configuration. Not in charge of rules: what is
translated is checked like anything else.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from builds.engine.spec.reading import SpecMalformed

MARKS = frozenset({"contents", "accounts", "archs", "environment", "work-dir", "stop-signal", "paths"})
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
NO_SHELL = ("", "/sbin/nologin", "/usr/sbin/nologin", "/bin/false")
REFUSED = {
    "contents.repositories": "Packages come from the signed archive that the base image is made of.",
    "contents.build_repositories": "Packages come from the signed archive that the base image is made of.",
    "contents.runtime_repositories": "Packages come from the signed archive that the base image is made of.",
    "contents.keyring": "Packages are checked with the keys of the archive that the base image is made of.",
    "contents.baseimage": "The base is chosen beside the document.",
    "entrypoint.type": "There is no supervisor of services; give the command itself.",
    "entrypoint.services": "There is no supervisor of services; give the command itself.",
    "entrypoint.shell-fragment": "No shell runs at start; give the command itself.",
    "include": "Documents stand alone; write its content out.",
    "layering": "Layers follow from the catalogue's plan.",
    "os-release": "What the system calls itself follows from its packages.",
    "vcs-url": "Say this as the annotation org.opencontainers.image.source.",
    "certificates.providers": "Certificates are given as text.",
}


def is_apko(plain: Mapping[str, Any]) -> bool:
    """Tell whether a document speaks apko's language."""
    return bool(MARKS & plain.keys()) or isinstance(plain.get("entrypoint"), Mapping)


def from_apko(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Translate a document whose scalars are text.

    :raises SpecMalformed: for the first field that has no meaning here, by its name
    """
    found: dict[str, Any] = {}
    for key, value in plain.items():
        reader = READERS.get(key)
        if reader is None:
            raise SpecMalformed(
                key[:80], REFUSED.get(key, "There is no such field that could be taken over.")
            )
        reader(value, found)
    return found


def _fields(value: Any, where: str, known: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SpecMalformed(where, "This must be a mapping.")
    for key in value:
        if key not in known:
            name = f"{where.partition('[')[0]}.{key}"
            raise SpecMalformed(
                f"{where}.{key[:80]}", REFUSED.get(name, "There is no such field that could be taken over.")
            )
    return value


def _each(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise SpecMalformed(where, "This must be a list.")
    return value


def _words(value: Any, where: str) -> list[str]:
    try:
        return shlex.split(value)
    except (ValueError, AttributeError, TypeError):
        raise SpecMalformed(where, "This must be one command line, its quotation marks closed.") from None


def _contents(value: Any, found: dict[str, Any]) -> None:
    packages = _each(
        _fields(value, "contents", frozenset({"packages"})).get("packages", []), "contents.packages"
    )
    for index, package in enumerate(packages):
        if not isinstance(package, str) or any(sign in package for sign in "<>~!@ "):
            raise SpecMalformed(
                f"contents.packages[{index}]", "Only a name, or name=version, can be asked for."
            )
    found["packages"] = packages


def _entrypoint(value: Any, found: dict[str, Any]) -> None:
    command = _fields(value, "entrypoint", frozenset({"command"})).get("command", "")
    found["entrypoint"] = _words(command, "entrypoint.command")


def _accounts(value: Any, found: dict[str, Any]) -> None:
    accounts = _fields(value, "accounts", frozenset({"run-as", "users", "groups"}))
    if run_as := accounts.get("run-as"):
        found["user"] = run_as
    if "users" in accounts:
        each = _each(accounts["users"], "accounts.users")
        found["users"] = [_user(item, f"accounts.users[{index}]") for index, item in enumerate(each)]
    if "groups" in accounts:
        each = _each(accounts["groups"], "accounts.groups")
        found["groups"] = [_group(item, f"accounts.groups[{index}]") for index, item in enumerate(each)]


def _user(item: Any, where: str) -> dict[str, Any]:
    user = _fields(item, where, frozenset({"username", "uid", "gid", "shell", "homedir"}))
    if user.get("shell", "") not in NO_SHELL:
        raise SpecMalformed(f"{where}.shell", "Accounts never get a login shell.")
    uid = read_number(user.get("uid"), f"{where}.uid")
    gid = read_number(user["gid"], f"{where}.gid") if "gid" in user else uid
    home = user.get("homedir") or f"/home/{user.get('username', '')}"
    return {"name": user.get("username"), "uid": uid, "gid": gid, "home": home}


def _group(item: Any, where: str) -> dict[str, Any]:
    group = _fields(item, where, frozenset({"groupname", "gid", "members"}))
    gid = read_number(group.get("gid"), f"{where}.gid")
    return {"name": group.get("groupname"), "gid": gid, "members": group.get("members", [])}


def read_number(value: Any, field: str) -> int:
    """Read a whole number from its text.

    :raises SpecMalformed: when it is none
    """
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    raise SpecMalformed(field, "This must be a whole number.")


def _paths(value: Any, found: dict[str, Any]) -> None:
    for index, item in enumerate(_each(value, "paths")):
        where = f"paths[{index}]"
        known = frozenset({"path", "type", "uid", "gid", "permissions", "source", "recursive"})
        entry = _fields(item, where, known)
        if entry.get("recursive", "false") != "false":
            raise SpecMalformed(f"{where}.recursive", "Owners and modes are given path by path.")
        kind = entry.get("type")
        if kind == "symlink":
            link = {"path": entry.get("path"), "target": entry.get("source")}
            found.setdefault("links", []).append(link)
        elif kind in ("directory", "empty-file"):
            placed = {"path": entry.get("path"), "mode": _mode(entry, where)}
            placed |= {
                name: read_number(entry[name], f"{where}.{name}") for name in ("uid", "gid") if name in entry
            }
            if kind == "empty-file":
                found.setdefault("files", []).append({**placed, "text": ""})
            else:
                found.setdefault("directories", []).append(placed)
        else:
            raise SpecMalformed(f"{where}.type", "Only directory, empty-file and symlink mean the same here.")


def _mode(entry: Mapping[str, Any], where: str) -> str:
    """Read permissions as YAML spells numbers: 0o755 and 0755 in octal, 493 in decimal."""
    text = str(entry.get("permissions") or "0o755")
    digits, base = (text[2:], 8) if text[:2] == "0o" else (text, 8 if text[:1] == "0" else 10)
    try:
        return f"{int(digits, base):04o}"
    except ValueError:
        raise SpecMalformed(f"{where}.permissions", "These are no permissions.") from None


def _archs(value: Any, found: dict[str, Any]) -> None:
    for index, name in enumerate(_each(value, "archs")):
        if name not in ARCHITECTURES:
            raise SpecMalformed(f"archs[{index}]", "Images are made for x86_64 and aarch64.")
    found["architectures"] = list(dict.fromkeys(ARCHITECTURES[name] for name in value))


def _certificates(value: Any, found: dict[str, Any]) -> None:
    more = _fields(value, "certificates", frozenset({"additional"})).get("additional", [])
    texts = []
    for index, item in enumerate(_each(more, "certificates.additional")):
        where = f"certificates.additional[{index}]"
        texts.append(_fields(item, where, frozenset({"name", "content"})).get("content", ""))
    found["certificates"] = texts


def _same(name: str) -> Callable[[Any, dict[str, Any]], None]:
    def read(value: Any, found: dict[str, Any]) -> None:
        found[name] = value

    return read


def _cmd(value: Any, found: dict[str, Any]) -> None:
    found["cmd"] = _words(value, "cmd")


READERS: Mapping[str, Callable[[Any, dict[str, Any]], None]] = {
    "contents": _contents, "entrypoint": _entrypoint, "cmd": _cmd, "accounts": _accounts, "paths": _paths,
    "archs": _archs, "certificates": _certificates, "environment": _same("env"), "work-dir": _same("workdir"),
    "stop-signal": _same("stop_signal"), "annotations": _same("annotations"), "volumes": _same("volumes"),
}  # fmt: skip
