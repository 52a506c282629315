"""Images are unpacked in memory only where that is roomy and may hold programs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from builds.engine.sandbox import place

DISK = Path(tempfile.gettempdir())


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(place, "MEMORY", tmp_path)
    monkeypatch.setattr(place, "_available_memory", lambda: 4 << 30)
    return tmp_path


def has(monkeypatch: pytest.MonkeyPatch, *, free: int, flags: int = 0) -> None:
    seen = SimpleNamespace(f_flag=flags, f_bavail=free, f_frsize=1)
    monkeypatch.setattr(place.os, "statvfs", lambda _: seen)


def test_a_small_image_is_unpacked_in_memory(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, free=2 << 30)
    assert place.roomy_place(100 << 20) == memory


@pytest.mark.parametrize(
    ("size", "free", "flags"),
    [
        (100 << 20, 64 << 20, 0),
        (500 << 20, 64 << 30, 0),
        (1 << 20, 2 << 30, os.ST_NOEXEC),
        (1 << 20, 2 << 30, os.ST_RDONLY),
    ],
    ids=["too little room", "too little memory", "programs may not run", "read-only"],
)
def test_otherwise_it_goes_to_the_disk(
    memory: Path, monkeypatch: pytest.MonkeyPatch, size: int, free: int, flags: int
) -> None:
    has(monkeypatch, free=free, flags=flags)
    assert place.roomy_place(size) == DISK


def test_a_machine_without_such_a_place_uses_the_disk(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "MEMORY", memory / "none")
    assert place.roomy_place(1) == DISK


def test_memory_is_read_from_the_kernel() -> None:
    assert place._available_memory() > 1 << 20
