"""Which runner a worker tests with, by its settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builds.engine.sandbox import RuncRunner
from builds.engine.sandbox.kubernetes import KubernetesRunner, NoClusterError
from builds.engine.store import Store
from builds.worker import runners
from builds.worker.registry import Staging
from registry.keys import pull_key
from tests.servers.kubernetes import files

KEY = "k" * 43


@pytest.fixture
def staging():
    staging = Staging(address="http://127.0.0.1:9", name="staging/1", key=KEY, mounts_from=None)
    yield staging
    staging.close()


def chosen(staging: Staging, tmp_path: Path):
    return runners.chosen(store=Store(tmp_path / "store"), staging=staging, say=lambda line: None)


def test_runc_is_the_default(staging, tmp_path):
    assert isinstance(chosen(staging, tmp_path), RuncRunner)


def test_a_cluster_gets_a_key_that_may_only_pull(settings, staging, tmp_path):
    settings.TEST_RUNNER, settings.CLUSTER_REGISTRY = "kubernetes", "images.example.com"
    (tmp_path / "authority").touch()
    settings.KUBECONFIG = files.kubeconfig(
        tmp_path / "config", "https://127.0.0.1:9", tmp_path / "authority", "t", "lab"
    )
    runner = chosen(staging, tmp_path)
    assert isinstance(runner, KubernetesRunner)
    assert runner.supply.repository == "images.example.com/staging/1"
    assert runner.supply.password == pull_key(KEY) != KEY
    assert runner.cluster.namespace == "lab"
    settings.CLUSTER_NAMESPACE = "tests"
    assert chosen(staging, tmp_path).cluster.namespace == "tests"


def test_a_cluster_without_its_kubeconfig_is_no_reason_to_use_another_runner(settings, staging, tmp_path):
    settings.TEST_RUNNER, settings.KUBECONFIG = "kubernetes", tmp_path / "none"
    with pytest.raises(NoClusterError) as refused:
        chosen(staging, tmp_path)
    assert refused.value.is_fault  # another attempt may help; the image is not called untested


def test_an_unknown_runner_stops_the_process_with_a_sentence():
    done = subprocess.run(
        [sys.executable, "-c", "import portal.settings"],
        env={**os.environ, "ASSAY_TEST_RUNNER": "docker", "SECRET_KEY": "x"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "ASSAY_TEST_RUNNER is 'docker'; it must be runc or kubernetes." in done.stderr
