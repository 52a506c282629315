"""Check without running anything that programs can be started: their machine, their loader, their libraries.

This is what is known of an image for another machine than this one. Not in charge of what programs do.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from builds.engine.generated.top import TRIPLETS
from builds.engine.sandbox.elf import MACHINES, Elf, read_elf
from builds.engine.sandbox.static import resolve
from builds.engine.sandbox.values import Check
from builds.engine.tar import FILE, HARDLINK, TarEntry

PROGRAMS = ("usr/bin/", "usr/sbin/", "usr/local/bin/", "usr/local/sbin/")
SHOWN = 6


class _Image:
    """An unpacked image: what each path leads to, and what its files say to a loader, read once."""

    def __init__(self, root: Path, merged: Mapping[str, TarEntry], architecture: str) -> None:
        self.root, self.merged, self.architecture = root, merged, architecture
        triplet = TRIPLETS[architecture]
        self.default = [f"/usr/local/lib/{triplet}", f"/usr/lib/{triplet}", "/usr/local/lib", "/usr/lib"]
        self._known: dict[str, Elf | None] = {}

    def elf(self, path: str) -> Elf | None:
        if path not in self._known:
            entry = self.merged.get(path)
            target = entry.target if entry is not None and entry.kind == HARDLINK else path
            with (self.root / target).open("rb") as file:
                self._known[path] = read_elf(file)
        return self._known[path]

    def at(self, path: str) -> str | None:
        """Return the path of the file that an absolute path leads to."""
        entry = resolve(path, self.merged)
        return entry.path if entry is not None and entry.kind in (FILE, HARDLINK) else None

    def library(self, name: str, asked_by: str, run_path: Sequence[str]) -> str | None:
        """Return where the loader finds a library (ld.so(8)): its own path first, then the default directories."""
        if "/" in name:
            return self.at(name)
        origin = "/" + asked_by.rpartition("/")[0]
        places = [place.replace("${ORIGIN}", origin).replace("$ORIGIN", origin) for place in run_path]
        found = (self.at(f"{place}/{name}") for place in [*places, *self.default])
        return next((path for path in found if path and self._fits(path)), None)

    def _fits(self, path: str) -> bool:
        elf = self.elf(path)
        return elf is not None and elf.machine == MACHINES[self.architecture]


def linked_checks(
    root: Path, config: Mapping[str, object], merged: Mapping[str, TarEntry], architecture: str
) -> Iterator[Check]:
    """Yield the checks of an image's programs; ``root`` is where it is unpacked."""
    image = _Image(root, merged, architecture)
    programs = sorted(
        path for path, entry in merged.items() if path.startswith(PROGRAMS) and entry.kind in (FILE, HARDLINK)
    )
    program = next(iter([*_words(config.get("Entrypoint")), *_words(config.get("Cmd"))]), "")
    started = image.at(program) if program.startswith("/") else None
    foreign, missing = [], []
    for path in sorted({*programs, *([started] if started else [])}):
        elf = image.elf(path)
        if elf is not None and elf.machine != MACHINES[architecture]:
            foreign.append(f"/{path} (ELF machine {elf.machine})")
        elif elf is not None:
            missing += [f"/{path} needs {name}" for name in _missing(image, path, elf)]
    yield Check(
        f"has programs for {architecture} only", not foreign, _shown(foreign) or f"{len(programs)} files"
    )
    yield Check("programs find their loader and libraries", not missing, _shown(missing) or "all of them")


def _words(value: object) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list | tuple) else []


def _missing(image: _Image, path: str, elf: Elf) -> list[str]:
    """Return the loader and the libraries, however indirect, that a program asks for and the image lacks."""
    lacking = [elf.interpreter] if elf.interpreter and image.at(elf.interpreter) is None else []
    seen: set[str] = set()
    todo = [(path, elf, elf.run_path)]
    while todo:
        asker, asking, run_path = todo.pop()
        for name in asking.needed:
            if name in seen:
                continue
            seen.add(name)
            found = image.library(name, asker, [*run_path, *asking.run_path])
            if found is None:
                lacking.append(name)
            elif (library := image.elf(found)) is not None:
                todo.append((found, library, library.run_path))
    return lacking


def _shown(items: Sequence[str]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return "; ".join(items[:SHOWN]) + more
