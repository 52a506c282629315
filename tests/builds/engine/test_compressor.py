"""One gzip member: its bytes follow from the content alone, and any reader takes it."""

from __future__ import annotations

import gzip
import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isal import isal_zlib

from builds.engine import compressor
from builds.engine.compressor import PIECE, CompressorDiffersError, Member, check, member

CONTENT = random.Random(7).randbytes(9000) * 260  # spans several pieces, and has matches far and near
AROUND = [
    1,
    15,
    16,
    17,
    288,
    512,
    PIECE - 1,
    PIECE,
    PIECE + 1,
    PIECE + 15,
    PIECE + 16,
    PIECE + 17,
    len(CONTENT),
]


def packed(*parts: bytes | memoryview) -> bytes:
    found = bytearray()
    made = Member(found.extend)
    for part in parts:
        made.add(part)
    made.end()
    return bytes(found)


@settings(max_examples=40, deadline=None)
@given(
    size=st.sampled_from(AROUND),
    cuts=st.lists(st.integers(0, len(CONTENT)), max_size=8),
    first=st.integers(0, 40),
)
def test_how_the_content_arrives_does_not_matter(size: int, cuts: list[int], first: int) -> None:
    borders = sorted({0, min(first, size), *(cut for cut in cuts if cut < size), size})
    parts = [memoryview(CONTENT)[a:b] for a, b in pairwise(borders)]
    assert packed(*parts) == member(CONTENT[:size])


@pytest.mark.parametrize("size", AROUND)
def test_a_foreign_reader_gets_the_content_back(size: int) -> None:
    assert gzip.decompress(member(CONTENT[:size])) == CONTENT[:size]


def test_where_in_memory_the_compressor_lies_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The content begins with what the library hashes of that place, and repeats it (see ``Member``)."""
    made, places = isal_zlib.compressobj, list[int]()

    def placed(*arguments: int) -> object:
        machine = made(*arguments)
        places.append(id(machine) >> 16)
        return machine

    monkeypatch.setattr(isal_zlib, "compressobj", placed)
    living = []  # so that none is given the place of another
    for _ in range(8):
        found, other = bytearray(), bytearray()
        pair = Member(found.extend), Member(other.extend)
        living.append(pair)
        assert places[-2] != places[-1]
        start = (places[-2] & 0xFFFFFFFF).to_bytes(4, "little")
        for one in pair:
            one.add((start + bytes(range(100, 250))) * 4)
            one.end()
        assert found == other


def test_threads_at_work_beside_do_not_matter() -> None:
    parts = [CONTENT[at : at + 70_000] for at in range(0, 1_400_000, 70_000)]
    alone = [member(part) for part in parts]
    with ThreadPoolExecutor(max_workers=8) as pool:
        assert list(pool.map(member, parts * 3)) == alone * 3


def test_a_library_that_answers_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check.cache_clear()
    monkeypatch.setattr(compressor, "LEVEL", 1)
    try:
        with pytest.raises(CompressorDiffersError, match="builds would not reproduce"):
            check()
    finally:
        check.cache_clear()
