"""What each real client does with the registry: one function a cell of the table in docs/clients.md.

A cell gets a client that has not signed in and a shop, and raises when anything is not as it should be.
Refusals are tested in `tests.clients`; here is what must work.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from tests.clients.shop import CLIENTS, Client, Shop, path_of

Run = Callable[[Client, Shop], object]


@dataclass(frozen=True, slots=True)
class Program:
    """A client: what people call it, and the file it is (for a library, its distribution)."""

    title: str
    name: str
    #: The Debian package it comes from; "" for one that is compiled or a library.
    package: str = ""
    #: Built by `make interop` only: the tests run its cells where it is there.
    is_extra: bool = False

    @property
    def is_here(self) -> bool:
        return self.name == "python" or path_of(self.name) is not None

    @property
    def version(self) -> str:
        return _version(self)


@dataclass(frozen=True, slots=True)
class Cell:
    program: Program
    operation: str
    run: Run
    #: On acme's own host name, through TLS.
    is_secure: bool = False

    def __str__(self) -> str:
        return f"{self.program.name}-{self.operation.replace(' ', '-')}"


CELLS: list[Cell] = []


def cell(
    *programs: Program, operation: str, is_secure: bool = False
) -> Callable[[Callable[..., object]], None]:
    """Register a function as a cell; with several programs it takes the program's name as a third argument."""

    def register(run: Callable[..., object]) -> None:
        for program in programs:
            # One program's function needs no name; bound here, since a loop's variable would change.
            bound: Run = run if len(programs) == 1 else _naming(run, program.name)
            CELLS.append(Cell(program, operation, bound, is_secure))

    return register


def _naming(run: Callable[..., object], name: str) -> Run:
    return lambda client, shop: run(client, shop, name)


@cache
def _version(program: Program) -> str:
    if program.name == "python":
        return version("oras")
    if program.package:
        words = ["dpkg-query", "-W", "-f", "${Version}", program.package]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return (CLIENTS / program.name).resolve().name.rpartition("-")[2].removeprefix("v")


# Each module registers its cells, in the order of the table.
from tests.clients.cells import containerd, cosign, crane, helm, oras, podman, skopeo  # noqa: E402

__all__ = [
    "CELLS",
    "Cell",
    "Program",
    "cell",
    "containerd",
    "cosign",
    "crane",
    "helm",
    "oras",
    "podman",
    "skopeo",
]
