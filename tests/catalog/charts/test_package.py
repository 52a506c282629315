"""Packaging: the same bytes each time, every fact filled in, nothing else."""

from __future__ import annotations

import gzip
import io
import json
import tarfile

import jsonschema
import pytest
import yaml

from builds.starter.definitions import definitions
from catalog.charts.package import SHARED, SOURCES, ChartBroken, images_in, package

FACTS = {"revision": "7", "digest:nginx": "sha256:" + "a" * 64, "version:nginx": "1.28.0"}
EPOCH = 1_700_000_000


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "Chart.yaml").write_text(
        'name: small\nversion: 1.0.@revision@\nappVersion: "@version:redis@"\n'
    )
    (folder / "values.yaml").write_text("digest: @digest:redis@\nmail: someone@example.com\n")
    return folder


def test_the_same_source_gives_the_same_bytes():
    first, second = (package(SOURCES / "nginx", facts=FACTS, epoch=EPOCH) for _ in range(2))
    assert first.archive == second.archive
    assert package(SOURCES / "nginx", facts=FACTS, epoch=EPOCH + 1).archive != first.archive


def test_every_file_lies_below_the_charts_name_with_chart_yaml_first():
    packaged = package(SOURCES / "nginx", facts=FACTS, epoch=EPOCH)
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packaged.archive))) as tar:
        entries = tar.getmembers()
    assert entries[0].name == "nginx/Chart.yaml"
    assert all(one.name.startswith("nginx/") and one.isfile() for one in entries)
    assert {(one.mode, one.mtime, one.uid, one.uname) for one in entries} == {(0o644, EPOCH, 0, "")}


def test_facts_are_filled_in_and_other_text_is_left_alone(source):
    facts = {"revision": "3", "digest:redis": "sha256:" + "b" * 64, "version:redis": "8.0"}
    packaged = package(source, facts=facts, epoch=EPOCH)
    assert (packaged.name, packaged.version) == ("small", "1.0.3")
    assert packaged.metadata["appVersion"] == "8.0"
    assert packaged.files["values.yaml"] == f"digest: sha256:{'b' * 64}\nmail: someone@example.com\n"


def test_the_images_a_source_pins_are_found(source):
    assert images_in(source) == ["redis"]
    assert images_in(SOURCES / "nginx") == ["nginx"]


def test_an_unknown_fact_is_refused(source):
    with pytest.raises(ChartBroken, match="@digest:redis@"):
        package(source, facts={"revision": "1", "version:redis": "8"}, epoch=EPOCH)


@pytest.mark.parametrize("text", ["", "name: small\n", "- a list\n"])
def test_a_source_without_name_and_version_is_refused(source, text):
    (source / "Chart.yaml").write_text(text)
    with pytest.raises(ChartBroken):
        package(source, facts={"digest:redis": "x"}, epoch=EPOCH)


@pytest.fixture
def shared(source):
    """Words that every chart beside `source` has."""
    folder = source.parent / SHARED
    (folder / "templates").mkdir(parents=True)
    (folder / "templates" / "pod.yaml").write_text("name: @chart@\n")
    (folder / "values.yaml").write_text('other: "@digest:@chart@@"\n')
    (folder / "Chart.yaml").write_text("never: used\n")
    return folder


def test_what_charts_share_is_in_each_with_its_name(source, shared):
    facts = {"revision": "3", "digest:redis": "sha256:b", "version:redis": "8.0", "digest:small": "sha256:c"}
    packaged = package(source, facts=facts, epoch=EPOCH)
    assert packaged.files["templates/pod.yaml"] == "name: small\n"
    assert packaged.files["values.yaml"] == (
        'digest: sha256:b\nmail: someone@example.com\nother: "sha256:c"\n'
    )
    assert packaged.metadata["name"] == "small"
    assert images_in(source) == ["redis", "small"]


def test_what_keeps_something_is_run_so_that_it_finds_it_again(source, shared):
    (shared / "templates" / "run.yaml").write_text("kind: @workload@\n")
    facts = {"revision": "3", "digest:redis": "sha256:b", "version:redis": "8.0", "digest:small": "sha256:c"}
    for told, kind in (("port: 1\n", "Deployment"), ("port: 1\ndata: /data\n", "StatefulSet")):
        (source / "templates").mkdir(exist_ok=True)
        (source / "templates" / "_facts.tpl").write_text(told)
        packaged = package(source, facts=facts, epoch=EPOCH)
        assert packaged.files["templates/run.yaml"] == f"kind: {kind}\n"


OURS = sorted(path.name for path in SOURCES.iterdir() if path.is_dir() and path.name != SHARED)


def test_at_least_ten_starter_images_have_a_chart():
    assert len(OURS) >= 10
    assert set(OURS) <= set(definitions())


@pytest.mark.parametrize("name", OURS)
def test_the_values_of_each_chart_fit_its_schema(name):
    facts = {"revision": "7", f"digest:{name}": "sha256:" + "a" * 64, f"version:{name}": "1"}
    packaged = package(SOURCES / name, facts=facts, epoch=EPOCH)
    schema, values = (
        json.loads(packaged.files["values.schema.json"]),
        yaml.safe_load(packaged.files["values.yaml"]),
    )
    jsonschema.validate(values, schema)
    assert schema["properties"].keys() == values.keys() | {"global"}
    assert values["image"]["repository"] == name
    for wrong in ({"replicaCount": -1}, {"unknown": 1}, {"files": {"relative": "x"}}, {"env": {"A B": "x"}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**values, **wrong}, schema)


@pytest.mark.parametrize("name", OURS)
def test_every_value_stands_in_the_readme(name):
    """The table is what people read before they install."""
    text = (SOURCES / name / "values.yaml").read_text() + (SOURCES / SHARED / "values.yaml").read_text()
    tables = (SOURCES / name / "README.md").read_text() + (SOURCES / SHARED / "README.md").read_text()
    for value in yaml.safe_load(text.replace("@", "")):
        assert f"`{value}" in tables, value
