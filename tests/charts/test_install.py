"""A chart without and one with a volume go their whole way on a real cluster; `make charts` does it with all."""

from __future__ import annotations

import pytest

from tests.charts.install import Installer
from tests.servers.kubernetes.fixture import Node

pytestmark = pytest.mark.network
SOME = ["nginx", "redis"]


@pytest.fixture(scope="module")
def installer(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Installer:
    installer = Installer(node, tmp_path_factory.mktemp("charts"))
    installer.stock(SOME)
    return installer


@pytest.mark.parametrize("chart", SOME)
def test_a_chart_is_installed_asked_upgraded_and_gone(installer: Installer, chart: str) -> None:
    installer.whole_way(chart)
