"""Checks that need no running container: who it runs as, what is in it, who owns it."""

from collections.abc import Iterator, Mapping
from typing import Any

from builds.engine.sandbox.values import Check, TestSpec
from builds.engine.tar import DIRECTORY, FILE, HARDLINK, SYMLINK, TarEntry

SHELLS = ("sh", "bash", "dash", "ash", "ksh", "zsh", "fish", "busybox", "mksh", "csh", "tcsh")
MAX_HOPS = 40


def static_checks(
    spec: TestSpec, config: Mapping[str, Any], merged: Mapping[str, TarEntry]
) -> Iterator[Check]:
    """Yield the checks of an image's configuration and merged entries."""
    user = str(config.get("User", ""))
    uid = user.partition(":")[0]
    yield Check("runs as a user that is not root", uid.isdigit() and int(uid) != 0, f"user {user or 'root'}")
    raised = sorted(path for path, entry in merged.items() if entry.kind == FILE and entry.mode & 0o6000)
    yield Check("has no set-id program", not raised, ", ".join(raised[:10]) or "none found")
    if spec.no_shell:
        found = [
            path for name in SHELLS for path in (f"usr/bin/{name}", f"usr/sbin/{name}") if path in merged
        ]
        yield Check("has no shell", not found, ", ".join(found) or "none found")
    program = next(iter([*config.get("Entrypoint", ()), *config.get("Cmd", ())]), "")
    if program.startswith("/"):
        yield _is_program(program, merged)
    for wanted in spec.files:
        entry = resolve(wanted.path, merged)
        seen = "missing" if entry is None else f"{entry.mode:04o} {entry.uid}:{entry.gid}"
        fits = entry is not None and all(
            (
                not wanted.mode or entry.mode == int(wanted.mode, 8),
                wanted.uid is None or entry.uid == wanted.uid,
                wanted.gid is None or entry.gid == wanted.gid,
            )
        )
        yield Check(f"has {wanted.path}", fits, seen)


def _is_program(path: str, merged: Mapping[str, TarEntry]) -> Check:
    fits = _runs(path, merged)
    namesakes = [] if fits else _namesakes(path, merged)
    hint = f"; there is {', '.join(namesakes)}" if namesakes else ""
    return Check(
        "has the program it starts", fits, path if fits else f"{path} is missing or no program{hint}"
    )


def _runs(path: str, merged: Mapping[str, TarEntry]) -> bool:
    entry = resolve(path, merged)
    return entry is not None and entry.kind in (FILE, HARDLINK) and bool(entry.mode & 0o111)


def _namesakes(path: str, merged: Mapping[str, TarEntry]) -> list[str]:
    """Programs of the same name elsewhere: most often what was meant."""
    name = path.rpartition("/")[2]
    return sorted(
        f"/{other}" for other in merged if other.rpartition("/")[2] == name and _runs(other, merged)
    )


def resolve(path: str, merged: Mapping[str, TarEntry]) -> TarEntry | None:
    """Return the entry at an absolute path, following links inside the image; None when there is none."""
    todo, at = [part for part in path.split("/") if part][::-1], ""
    for _ in range(MAX_HOPS * 8):
        if not todo:
            return merged.get(at)
        part = todo.pop()
        if part == "..":
            at = at.rpartition("/")[0]
            continue
        here = f"{at}/{part}" if at else part
        entry = merged.get(here)
        if entry is None:
            return None
        if entry.kind == SYMLINK:
            todo += [piece for piece in entry.target.split("/") if piece not in ("", ".")][::-1]
            at = "" if entry.target.startswith("/") else at
        elif todo and entry.kind != DIRECTORY:
            return None
        else:
            at = here
    return None
