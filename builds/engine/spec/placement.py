"""Rules about the files, directories and links that a customer places."""

from collections.abc import Callable, Iterator

from builds.engine.spec.accounts import MAX_ID
from builds.engine.spec.values import Spec

Found = Iterator[tuple[str, str, str]]
Check = Callable[[str, str], Found]

MAX_PLACED = 256
MAX_FILE = 1024 * 1024
MAX_FILES_TOTAL = 4 * 1024 * 1024
# Nothing may be placed where the kernel or the runtime mounts its own, or where packages are recorded.
CLOSED_TREES = ("/proc", "/sys", "/dev", "/run/secrets", "/var/lib/dpkg")
CLOSED_FILES = (
    "/etc/passwd",
    "/etc/group",
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/ld.so.preload",
    "/etc/ld.so.cache",
)
LINKED_TREES = ("/bin", "/sbin", "/lib", "/lib64", "/var/run", "/var/lock")


def placement_errors(spec: Spec, text: Check, path: Check) -> Found:
    """Yield what is wrong with where things are placed, who owns them, and how large they are."""
    yield from _files(spec, path)
    yield from _directories(spec, path)
    yield from _links(spec, text, path)
    yield from _collisions(spec)


def _placed(field: str, path: str, check: Check) -> Found:
    """Yield why nothing may be placed at ``path``."""
    yield from check(field, path)
    if path == "/" or any(path == tree or path.startswith(tree + "/") for tree in CLOSED_TREES):
        yield (
            field,
            "path-closed",
            "Nothing may be placed there: the system or the runtime owns that directory.",
        )
    if path in CLOSED_FILES:
        yield field, "path-generated", "This file is generated; use users, groups or packages instead."
    if any(path == tree or path.startswith(tree + "/") for tree in LINKED_TREES):
        yield (
            field,
            "path-linked",
            "This directory is a symbolic link; place the file under the directory it points to.",
        )
    if any(part.startswith(".wh.") for part in path.split("/")):
        yield (
            field,
            "path-whiteout",
            "Names that begin with “.wh.” hide files of layers below; choose another.",
        )


def _files(spec: Spec, path: Check) -> Found:
    total = 0
    for index, entry in enumerate(spec.files):
        field = f"files[{index}]"
        total += len(entry.content)
        yield from _placed(f"{field}.path", entry.path, path)
        yield from _ownership(field, entry.mode, entry.uid, entry.gid)
        if len(entry.content) > MAX_FILE:
            yield f"{field}.content", "file-too-large", f"A file may have at most {MAX_FILE} bytes."
    if total > MAX_FILES_TOTAL:
        yield "files", "files-too-large", f"All files together may have at most {MAX_FILES_TOTAL} bytes."
    if len(spec.files) + len(spec.directories) + len(spec.links) > MAX_PLACED:
        yield "files", "too-many", f"At most {MAX_PLACED} files, directories and links are allowed."


def _directories(spec: Spec, path: Check) -> Found:
    for index, entry in enumerate(spec.directories):
        field = f"directories[{index}]"
        yield from _placed(f"{field}.path", entry.path, path)
        yield from _ownership(field, entry.mode & ~0o1000, entry.uid, entry.gid)


def _links(spec: Spec, text: Check, path: Check) -> Found:
    for index, entry in enumerate(spec.links):
        yield from _placed(f"links[{index}].path", entry.path, path)
        yield from text(f"links[{index}].target", entry.target)
        if not entry.target:
            yield f"links[{index}].target", "empty", "A link points somewhere."


def _ownership(field: str, mode: int, uid: int, gid: int) -> Found:
    if mode & ~0o777:
        yield f"{field}.mode", "mode-special", "Setuid, setgid and sticky bits are not allowed here."
    for name, number in (("uid", uid), ("gid", gid)):
        if not 0 <= number <= MAX_ID:
            yield f"{field}.{name}", "id-range", f"An id is a number from 0 to {MAX_ID}."


def _collisions(spec: Spec) -> Found:
    """A path is placed once, and nothing is placed below a file or a link."""
    seen: dict[str, str] = {}
    leaves = {entry.path for entry in spec.files} | {entry.path for entry in spec.links}
    for kind, paths in (
        ("files", [entry.path for entry in spec.files]),
        ("directories", [entry.path for entry in spec.directories]),
        ("links", [entry.path for entry in spec.links]),
    ):
        for index, path in enumerate(paths):
            if path in seen:
                yield f"{kind}[{index}].path", "path-twice", f"{path} is already placed by {seen[path]}."
            seen[path] = f"{kind}[{index}]"
            parents = {path[:at] for at in range(1, len(path)) if path[at] == "/"}
            if parents & leaves:
                yield (
                    f"{kind}[{index}].path",
                    "path-below-file",
                    f"{path} lies below a file or a link of this spec.",
                )
