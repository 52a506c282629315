"""Same inputs, same digest: on any worker, any day, cold or warm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from builds.engine.built import BuiltImage
from builds.engine.plan import Plan
from builds.engine.spec import Spec
from builds.engine.spec.values import FileEntry, UserAccount
from builds.engine.store import Store
from tests.builds.engine.debs import Deb, put
from tests.builds.engine.kitchen import Kitchen

ROOT = Path(__file__).resolve().parents[3]
SPEC = Spec(
    suite="trixie", packages=("alpha", "beta", "gamma"), entrypoint=("/usr/bin/alpha",), env={"B": "2", "A": "1"},
    user="app", labels={"z": "1", "a": "2"}, users=(UserAccount("app", 1000, 1000, "/app"),),
    files=(FileEntry("/etc/motd", b"hello\n"),),
)  # fmt: skip


def debs() -> list[Deb]:
    big = bytes(range(256)) * 9000  # spans several of the compressor's batches
    return [
        Deb("alpha", files={"./usr/bin/alpha": big, "./etc/alpha.conf": "a = 1\n"}),
        Deb("beta", files={"./usr/lib/beta/data": b"b" * 70_000}, packing=".zst"),
        Deb(
            "gamma", files={"./usr/share/gamma/ünïcode": "g", "./usr/share/gamma/" + "long/" * 40 + "x": "y"}
        ),
    ]


def digests(image: BuiltImage) -> list[str]:
    return [image.index.digest, *(platform.manifest.digest for platform in image.platforms)]


@pytest.fixture
def planned(kitchen: Kitchen) -> Kitchen:
    kitchen.plan = Plan((("most", ("gamma", "alpha")), ("some", ("beta",))))
    return kitchen


def test_a_warm_store_gives_what_a_cold_one_gave(planned: Kitchen) -> None:
    cold = planned.build(SPEC, *debs())
    warm = planned.build(SPEC, *debs())
    assert digests(warm) == digests(cold)
    assert not any(layer.is_new for layer in warm.platforms[0].layers)
    assert any(layer.is_new for layer in cold.platforms[0].layers)


def test_another_store_gives_the_same(planned: Kitchen) -> None:
    elsewhere = Store(planned.folder / "elsewhere")
    assert digests(planned.build(SPEC, *debs())) == digests(planned.build(SPEC, *debs(), store=elsewhere))


def test_the_number_of_threads_does_not_matter(planned: Kitchen) -> None:
    stores = [Store(planned.folder / name) for name in ("one", "many")]
    one = planned.build(SPEC, *debs(), store=stores[0], threads=1)
    many = planned.build(SPEC, *debs(), store=stores[1], threads=8)
    assert digests(one) == digests(many)


def test_the_order_things_were_typed_in_does_not_matter(planned: Kitchen) -> None:
    typed = replace(SPEC, packages=SPEC.packages[::-1], env={"A": "1", "B": "2"}, labels={"a": "2", "z": "1"})
    assert digests(planned.build(typed, *debs()[::-1])) == digests(planned.build(SPEC, *debs()))


def test_half_a_store_gives_the_same(planned: Kitchen) -> None:
    whole = planned.build(SPEC, *debs())
    for folder in ("layers", "blobs"):
        for file in (planned.store.root / folder).rglob("*"):
            if file.is_file():
                file.unlink()
    assert digests(planned.build(SPEC, *debs())) == digests(whole)


def test_a_damaged_fragment_is_made_again(planned: Kitchen) -> None:
    whole = planned.build(SPEC, *debs())
    bulk = max(planned.store.root.rglob("*.gz"), key=lambda file: file.stat().st_size)
    raw = bytearray(bulk.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    bulk.write_bytes(raw)
    for folder in ("layers", "blobs"):
        for file in (planned.store.root / folder).rglob("*"):
            if file.is_file():
                file.unlink()
    assert digests(planned.build(SPEC, *debs())) == digests(whole)


@pytest.mark.parametrize(
    "surroundings",
    [{"TZ": "Pacific/Kiritimati"}, {"LC_ALL": "C", "LANG": "C"}, {"PYTHONHASHSEED": "7", "UMASK": "0"}],
    ids=["time zone", "locale", "hash seed and umask"],
)
def test_another_process_in_other_surroundings_gives_the_same(
    planned: Kitchen, surroundings: dict[str, str]
) -> None:
    for deb in debs():
        put(deb, planned.cache)
    here = planned.build(SPEC, *debs())
    program = textwrap.dedent(
        """
        import json, os, sys
        from pathlib import Path
        os.umask(int(os.environ.get("UMASK", "077"), 8))
        from builds.engine.plan import Plan
        from tests.builds.engine.kitchen import Kitchen
        from tests.builds.engine.test_reproducible import SPEC, debs, digests
        kitchen = Kitchen(Path(sys.argv[1]))
        kitchen.plan = Plan((("most", ("gamma", "alpha")), ("some", ("beta",))))
        print(json.dumps(digests(kitchen.build(SPEC, *debs()))))
        """
    )
    there = subprocess.run(
        [sys.executable, "-c", program, str(planned.folder / "there")],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **surroundings},
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(there.stdout) == digests(here)


@pytest.mark.parametrize(
    "change",
    [{"env": {"A": "2"}}, {"entrypoint": ("/usr/bin/beta",)}, {"labels": {}}, {"workdir": "/app"}],
    ids=lambda change: next(iter(change)),
)
def test_another_wish_gives_another_digest(planned: Kitchen, change: dict[str, object]) -> None:
    changed = replace(SPEC, **change)  # type: ignore[arg-type]
    assert digests(planned.build(changed, *debs())) != digests(planned.build(SPEC, *debs()))
