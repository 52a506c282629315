"""Fixtures of the engine's tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from builds.engine.sandbox import NoRuncError
from builds.engine.sandbox.container import find_runc
from builds.engine.sources.transport import Transport
from builds.engine.store import Store
from tests.builds.engine.archives import Archive, Signer, impatient, serving
from tests.builds.engine.kitchen import Kitchen


@pytest.fixture
def kitchen(tmp_path: Path) -> Kitchen:
    return Kitchen(tmp_path)


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signer]:
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed")
    made = Signer(tmp_path_factory.mktemp("key") / "home")
    yield made
    made.stop()


@pytest.fixture
def archive(signer: Signer) -> Iterator[Archive]:
    with serving(Archive(signer)) as served:
        yield served


@pytest.fixture
def transport() -> Iterator[Transport]:
    with impatient() as made:
        yield made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Fragments and layers of a module's tests, which run their images in runc."""
    try:
        find_runc()
    except NoRuncError as error:
        pytest.skip(str(error))
    return Store(tmp_path_factory.mktemp("store"))
