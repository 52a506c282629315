"""Charts within a chart: their values as both helms merge them, and every image of theirs from the tenant's host."""

from __future__ import annotations

import re

import pytest
import yaml

from catalog import offer
from catalog.charts import bundled, merging, relocated
from catalog.charts.archive import read_archive
from catalog.charts.deployed import places_of
from catalog.charts.locking import locked
from catalog.charts.package import SOURCES, package
from catalog.charts.places import Place, upstream_names
from catalog.charts.refusals import ChartRefused
from catalog.charts.store import facts_of
from catalog.charts.taking import take_chart
from catalog.models import ChartVersion
from tests.catalog import world
from tests.catalog.charts.archives import packed
from tests.catalog.charts.bundles import chart, images_in, rendered, values_in, well_known

HOST = "images.acme.example"
BY_DIGEST = re.compile(rf"{re.escape(HOST)}/[a-z0-9/.-]+(?::[^@]+)?@sha256:[0-9a-f]{{64}}")
REDIS = {"image": {"repository": "redis", "tag": "8.2"}}


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path


@pytest.fixture(params=["helm4", "helm3"])
def helm(request):
    return request.param


def held(tenant, *names: str) -> None:
    for name in names:
        image = world.image(name, is_free=False, stream="1")
        offer.entitle(tenant=tenant, image=image)
        world.released(image.streams.get(), content=name.encode())


def relocated_values(version: ChartVersion, tenant) -> str:
    places = [Place.from_json(one) for one in version.places]
    return relocated.values_for(version, locked(tenant=tenant, places=places), HOST)


def places(files: dict[str, str]) -> dict[str, Place]:
    return {".".join(place.path): place for place in places_of(bundled.bundle(packed(files)))}


MERGES = {
    "alias": {
        **chart("u/", needs=[{"name": "redis", "alias": "cache"}],
                values={"cache": {"image": {"tag": "7"}}, "global": {"a": {"b": 1}, "list": [1]}}),
        **chart("u/charts/redis/", values=REDIS | {"global": {"a": {"b": 2, "c": 3}, "list": [2], "d": 4}}),
    },
    "twice": {
        **chart("u/", needs=[{"name": "redis"}, {"name": "redis", "alias": "cache"}], values={"cache": {"x": 1}}),
        **chart("u/charts/redis/", values=REDIS),
    },
    "deep": {
        **chart("u/", values={"a": {"b": {"image": {"tag": "9"}}, "global": {"x": 1}}, "global": {"who": 2}}),
        **chart("u/charts/a/", values={"b": {"image": {"repository": "own"}}, "global": {"z": 3}}),
        **chart("u/charts/a/charts/b/", values=REDIS),
    },
    "imports": {
        **chart("u/", values={"image": {"tag": "own"}, "redis": {"exports": {"data": {"image": {"tag": "given"}}}}},
                needs=[{"name": "redis", "import-values": ["data", {"child": "deep.x", "parent": "my.y"}]}]),
        **chart("u/charts/redis/", values={"exports": {"data": {"image": {"tag": "e", "pullPolicy": "p"}}},
                                           "deep": {"x": {"q": 1}}}),
    },
    "nobody asks": {**chart("u/", needs=[{"name": "other"}]), **chart("u/charts/other/"), **chart("u/charts/redis/", values=REDIS)},
}  # fmt: skip


@pytest.mark.parametrize("case", MERGES)
def test_values_come_to_what_helm_makes_of_them(case, helm):
    archive = packed(MERGES[case])
    values, parts = merging.merged(bundled.bundle(archive))
    given = values_in(rendered(helm, archive))
    assert given["u.templates"] == values
    for part in parts[1:]:
        assert given["u.charts." + ".charts.".join(part.path) + ".templates"] == merging.at(values, part.path)


SWITCHES = {
    "condition": ({"redis": {"enabled": False}}, {"condition": "redis.enabled"}, "redis.enabled"),
    "the first that is said": ({"b": False, "c": True}, {"condition": "a,b,c"}, "b"),
    "no truth": ({"redis": {"enabled": "no"}}, {"condition": "redis.enabled"}, ""),
    "tags": ({"tags": {"x": False, "y": False}}, {"tags": ["x", "y"]}, "tags.x"),
    "one tag is enough": ({"tags": {"x": False, "y": True}}, {"tags": ["x", "y"]}, ""),
    "a condition before tags": ({"on": True, "tags": {"x": False}}, {"condition": "on", "tags": ["x"]}, ""),
    "nothing is said": ({}, {"condition": "redis.enabled", "tags": ["x"]}, ""),
}


@pytest.mark.parametrize("case", SWITCHES)
def test_what_helm_leaves_out_is_named_with_what_switches_it_on(case, helm):
    values, need, off = SWITCHES[case]
    inner = chart("u/charts/redis/charts/more/", values={"image": {"repository": "memcached", "tag": "1"}})
    files = {**chart("u/", values=values, needs=[{"name": "redis", **need}]),
             **chart("u/charts/redis/", values=REDIS), **inner}  # fmt: skip
    found = places(files)
    assert {found["redis.image"].when, found["redis.more.image"].when} == {off}
    given = values_in(rendered(helm, packed(files)))
    assert (
        ("u.charts.redis.templates" in given)
        == ("u.charts.redis.charts.more.templates" in given)
        == (not off)
    )


def test_an_own_archive_within_is_read_and_so_are_dependencies_of_old_charts(helm):
    needs = yaml.safe_dump(
        {"dependencies": [{"name": "redis", "version": "1.0.0", "repository": "", "alias": "c"}]}
    )
    files = {**chart("u/", apiVersion="v1"), "u/requirements.yaml": needs,
             "u/charts/redis-1.0.0.tgz": packed(chart("redis/", values=REDIS))}  # fmt: skip
    assert list(places(files)) == ["c.image"]
    assert values_in(rendered(helm, packed(files)))["u.templates"]["c"]["image"] == REDIS["image"]


def test_an_image_without_a_tag_is_of_the_version_of_its_own_chart():
    image = {"image": {"repository": "redis", "tag": ""}}
    files = {
        **chart("u/", values=image, appVersion="1.5"),
        **chart("u/charts/redis/", values=image, appVersion="8.2.1"),
    }
    assert {path: place.tag for path, place in places(files).items()} == {
        "image": "1.5",
        "redis.image": "8.2.1",
    }


def test_an_image_that_is_handed_down_is_named_once():
    image = {"global": {"image": {"repository": "argocd", "tag": "3"}}}
    files = {**chart("u/", values=image), **chart("u/charts/redis/", values=REDIS)}
    assert list(places(files)) == ["global.image", "redis.image"]


def test_starter_charts_in_an_umbrella_are_pulled_from_the_host(acme, alice, helm):
    held(acme, "redis", "nginx", "memcached")
    files = chart(
        "u/",
        values="# Caches.\ncache:\n  replicaCount: 1 # one\nmemcached: {enabled: false}\n",
        needs=[
            {"name": "redis", "version": "*", "alias": "cache"},
            {"name": "memcached", "version": "*", "condition": "memcached.enabled"},
        ],
    )
    for name in ("redis", "nginx", "memcached"):
        facts = {"revision": "1", f"digest:{name}": f"sha256:{'a' * 64}", f"version:{name}": "1"}
        starter = package(SOURCES / name, facts=facts, epoch=0)
        if name == "nginx":
            files["u/charts/nginx.tgz"] = starter.archive
        else:
            files |= {f"u/charts/{name}/{path}": text for path, text in starter.files.items()}
    # Charts are strict about their values: `enabled` is not one of them.
    files["u/charts/memcached/values.schema.json"] = "{}"
    version = take_chart(tenant=acme, content=packed(files), actor=alice)
    values = relocated_values(version, acme)
    assert values.startswith("nginx:\n  image:\n") or "# Caches." in values
    assert "  replicaCount: 1 # one\n" in values
    objects = rendered(helm, packed(files), "--set", "memcached.enabled=true", values=values)
    images = images_in(objects)
    assert {image.partition("@")[0].rpartition("/")[2].partition(":")[0] for image in images} == {
        "redis",
        "nginx",
        "memcached",
    }
    assert [image for image in images if not BY_DIGEST.fullmatch(image)] == []
    assert set(version.deploys.values_list("name", flat=True)) == {"redis", "nginx", "memcached"}


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        (
            "prometheus",
            ["alertmanager", "kube-state-metrics", "prometheus-node-exporter", "prometheus-pushgateway"],
        ),
        ("oauth2-proxy", ["redis"]),
        ("keycloak", ["postgresql"]),
    ],
)
def test_well_known_charts_with_theirs_are_pulled_from_the_host(acme, alice, helm, outer, inner):
    files = well_known(outer, f"{outer}/")
    for name in inner:
        files |= well_known(name, f"{outer}/charts/{name}/")
    # A library of templates, which has no images and is not needed by ours.
    for path in [path for path in files if path.endswith("Chart.yaml")]:
        facts = yaml.safe_load(files[path])
        facts["dependencies"] = [one for one in facts.get("dependencies", []) if one["name"] != "common"]
        files[path] = yaml.safe_dump(facts)
    archive = packed(files)
    before = images_in(rendered(helm, archive))
    named = {place.repository.rpartition("/")[2]: place for place in places_of(bundled.bundle(archive))}
    for name, place in named.items():
        image = world.image(name, is_free=False, stream="1")
        type(image).objects.filter(pk=image.pk).update(replaces=upstream_names(place)[:1])
        offer.entitle(tenant=acme, image=image)
        world.released(image.streams.get(), content=name.encode())
    version = take_chart(tenant=acme, content=archive, actor=alice)
    after = images_in(rendered(helm, archive, values=relocated_values(version, acme)))
    assert len(after) == len(before) > len(inner)
    assert [image for image in before if image.startswith(HOST)] == []
    assert [image for image in after if not BY_DIGEST.fullmatch(image)] == []


def refused(files: dict) -> str:
    with pytest.raises(ChartRefused) as caught:
        facts_of(read_archive(packed(files)))
    return caught.value.code


def aliases(path: str, n: int) -> list[dict]:
    return [{"name": path, "alias": f"{path}{number}"} for number in range(n)]


BIG = {f"k{n}": n for n in range(5000)}
REFUSED = {
    "no chart": ({"u/charts/README.md": "x"}, "chart-bundled"),
    "no name": ({"u/charts/x/Chart.yaml": "version: 1.0.0"}, "chart-bundled"),
    "no archive": ({"u/charts/x-1.0.0.tgz": b"none"}, "chart-not-archive"),
    "link in an archive": ({"u/charts/x.tgz": packed({"../x/Chart.yaml": "name: x"})}, "chart-path"),
    "bomb in an archive": ({"u/charts/x.tgz": packed({"x/big": b"\0" * (60 << 20)})}, "chart-bomb"),
    "no text": ({"u/charts/x/Chart.yaml": b"\xff\xfe"}, "chart-not-text"),
    "no YAML": ({"u/charts/x/Chart.yaml": "name: x", "u/charts/x/values.yaml": "a: ["}, "chart-yaml"),
    "many": ({f"u/charts/x{n}/Chart.yaml": f"name: x{n}" for n in range(70)}, "chart-bundles-too-much"),
    "deep": ({f"u/{'charts/x/' * n}Chart.yaml": "name: x" for n in range(1, 20)}, "chart-bundles-too-much"),
    "many bytes": (
        {f"u/charts/x{n}/{file}": text for n in range(30) for file, text in (("Chart.yaml", f"name: x{n}"),
                                                                           ("values.yaml", "#" * 100_000))},
        "chart-bundles-too-much",
    ),
    "one a thousand times": (
        {**chart("u/", needs=aliases("x", 1000)), **chart("u/charts/x/", values={"a": BIG})}, "chart-bundles-too-much"
    ),
    "a product of aliases": (
        {**chart("u/", needs=aliases("x", 40)), **chart("u/charts/x/", needs=aliases("y", 40)),
         **chart("u/charts/x/charts/y/", needs=aliases("z", 40)), **chart("u/charts/x/charts/y/charts/z/", values={"a": 1}),
         "u/charts/x/charts/y/charts/z/charts/w/Chart.yaml": "name: w"},
        "chart-bundles-too-much",
    ),
    "a global for each": (
        {**chart("u/", values={"global": BIG}, needs=aliases("x", 900)), **chart("u/charts/x/", values={"global": BIG})},
        "chart-bundles-too-much",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_within_is_refused_by_name_and_in_bounds(case):
    files, code = REFUSED[case]
    assert refused({**chart("u/"), **files}) == code


def test_a_refusal_names_the_archive_within():
    with pytest.raises(ChartRefused, match="x-1\\.0\\.0\\.tgz within it is refused: chart-not-archive"):
        bundled.bundle(packed({**chart("u/"), "u/charts/x-1.0.0.tgz": b"none"}))


def test_templates_of_charts_within_are_listed():
    files = {**chart("u/"), **chart("u/charts/x/"), **chart("u/charts/x/charts/y/")}
    paths = [one["path"] for one in facts_of(read_archive(packed(files)))["templates"]]
    inner = ["charts/x/charts/y/templates/all.yaml", "charts/x/templates/all.yaml"]
    assert paths == [*inner, "templates/all.yaml"]


def test_a_common_registry_gives_way_and_what_is_missing_stays_there(acme, alice, helm):
    held(acme, "redis")
    common = {"imageRegistry": "mirror.example", "security": {"allowInsecureImages": False}}
    own = {"image": {"registry": "docker.io", "repository": "none", "tag": "1"}}
    sub = {"image": {"registry": "docker.io", "repository": "redis", "tag": "8.2"}}
    files = {**chart("u/", values={"global": common, **own}), **chart("u/charts/redis/", values=sub)}
    version = take_chart(tenant=acme, content=packed(files), actor=alice)
    given = values_in(rendered(helm, packed(files), values=relocated_values(version, acme)))
    assert given["u.templates"]["image"]["registry"] == "mirror.example"
    inner = given["u.charts.redis.templates"]
    assert inner["global"] == {"imageRegistry": "", "security": {"allowInsecureImages": True}}
    assert (inner["image"]["registry"], inner["image"]["repository"]) == (HOST, "redis")


def test_where_nothing_is_here_nothing_is_said(acme, alice):
    files = chart("u/", values={"global": {"imageRegistry": "mirror.example"}, **REDIS})
    version = take_chart(tenant=acme, content=packed(files), actor=alice)
    assert relocated_values(version, acme) == version.values
