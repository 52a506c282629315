"""The classic repository: the same charts, to the same people, as over OCI."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile

import pytest
import yaml
from django.test import Client

from catalog import offer
from catalog.charts.package import CONFIG_TYPE, CONTENT_TYPE, MANIFEST_TYPE, PROVENANCE_TYPE
from catalog.charts.publish import publish_charts
from registry import push
from registry.digest import Digest
from registry.models import Grant, Pull, Repository
from tenants import tokens
from tests.catalog import world
from tests.registry.clocks import remembering
from tests.registry.wire import Wire, basic

INDEX = "/charts/index.yaml"


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.STORAGE_ROOT = tmp_path


@pytest.fixture
def nginx(acme):
    """The platform's nginx chart, acme's by entitlement."""
    image = world.image("nginx", is_free=False, stream="1.28")
    offer.entitle(tenant=acme, image=image)
    world.released(image.streams.get())
    return publish_charts()[0]


def secret_of(user, tenant, **more):
    return tokens.issue(user=user, tenant=tenant, name="test", actions=["pull"], **more)[1]


class Asking:
    """Requests to a host with a token."""

    def __init__(self, host: str, secret: str = "", authorization: str = "") -> None:
        self.host, self.authorization = host, authorization or (basic(secret) if secret else "")

    def __call__(self, path: str, method: str = "get", **headers):
        given = {"HTTP_AUTHORIZATION": self.authorization} if self.authorization else {}
        answer = getattr(Client(), method)(path, HTTP_HOST=self.host, **given, **headers)
        if answer.streaming:
            answer.whole = b"".join(answer.streaming_content)  # which closes it, too
        return answer

    def charts(self, path: str = INDEX) -> list[str]:
        answer = self(path)
        assert answer.status_code == 200, answer.content
        found = yaml.safe_load(answer.content)["entries"]
        return sorted(f"{name} {each['version']}" for name, versions in found.items() for each in versions)


@pytest.fixture
def ours(acme, alice):
    return Asking("acme.localhost", secret_of(alice, acme))


@pytest.fixture
def theirs(globex, charlie):
    return Asking("globex.localhost", secret_of(charlie, globex))


def own_chart(tenant, name: str, version: str, /, provenance: bytes = b"", **changes) -> bytes:
    """A chart of the tenant's own, as `helm push` leaves it."""
    repository, _ = Repository.objects.get_or_create(
        tenant=tenant, name=f"charts/{name}", is_push_allowed=True
    )
    said = {"apiVersion": "v2", "name": name, "version": version, **changes}
    archive = gzip.compress(f"archive of {name} {version}".encode(), mtime=0)
    config = json.dumps(said).encode()
    kinds = [(CONFIG_TYPE, config), (CONTENT_TYPE, archive)]
    if provenance:
        kinds.append((PROVENANCE_TYPE, provenance))
    for _, blob in kinds:
        push.store_blob(repository=repository, chunks=[blob])
    described = [{"mediaType": kind, "digest": str(Digest.of(one)), "size": len(one)} for kind, one in kinds]
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": described[0],
        "layers": described[1:],
    }
    push.put_manifest(
        repository=repository, content=json.dumps(manifest).encode(), media_type=MANIFEST_TYPE,
        tag=version.replace("+", "_"), actor="tests",
    )  # fmt: skip
    return archive


def test_the_index_tells_what_the_chart_says_of_itself(nginx, ours):
    (entry,) = yaml.safe_load(ours(INDEX).content)["entries"]["nginx"]
    assert (entry["name"], entry["version"], entry["apiVersion"]) == ("nginx", nginx.version, "v2")
    assert entry["appVersion"] == nginx.app_version
    assert entry["urls"] == [f"nginx-{nginx.version}.tgz"]


def nested(deep: int) -> dict:
    return {"a": nested(deep - 1)} if deep else {}


@pytest.mark.parametrize(
    "odd",
    [float("inf"), float("nan"), "\ud800", "a\0b", 1 << 300, nested(300)],
    ids=lambda odd: repr(odd)[:12],
)
def test_what_no_index_can_say_takes_nothing_else_out_of_it(nginx, ours, acme, odd):
    own_chart(acme, "odd", "1.0.0", annotations={"odd": odd})
    answer = ours(INDEX)
    assert answer.status_code == 200
    said = json.loads(answer.content.decode(), parse_constant=pytest.fail)
    assert list(said["entries"]) == ["nginx"]
    assert "nginx" in yaml.safe_load(answer.content)["entries"]


def test_the_index_is_json_too_with_a_version_on_each_line(nginx, ours, acme):
    said = 'Ünser \u2028\x85\x7f\ufeff "Laden" \N{PILE OF POO}\n: [ # {'
    own_chart(acme, "shop", "1.2.3", description=said)
    text = ours(INDEX).content.decode()
    assert json.loads(text) == yaml.safe_load(text)
    assert json.loads(text)["entries"]["shop"][0]["description"] == said
    assert [line for line in text.split("\n") if '"name":"nginx"' in line]


def test_a_name_and_a_version_may_both_have_dashes(nginx, ours, acme):
    archives = {
        name: own_chart(acme, name[: -len(version) - 1], version)
        for name, version in (
            ("a-b-1.0.0", "1.0.0"),
            ("a-b-1.0.0-rc.1-x", "1.0.0-rc.1-x"),
            ("a-1-b-1.0.0-b-1.0.0", "1.0.0-b-1.0.0"),
        )
    }
    for name, content in archives.items():
        assert ours(f"/charts/{name}.tgz").whole == content
    assert ours("/charts/a-b-1.0.0-rc.1.tgz").status_code == 404
    assert ours("/charts/nodash.tgz").status_code == 404


def test_the_archive_is_the_one_of_the_artifact(nginx, ours):
    (entry,) = yaml.safe_load(ours(INDEX).content)["entries"]["nginx"]
    answer = ours(f"/charts/{entry['urls'][0]}")
    content = answer.whole
    assert hashlib.sha256(content).hexdigest() == entry["digest"]
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        assert "nginx/Chart.yaml" in archive.getnames()
    assert answer.headers["Content-Type"] == "application/gzip"


def test_a_download_is_in_the_pull_audit(nginx, ours):
    ours(f"/charts/nginx-{nginx.version}.tgz")
    pull = Pull.objects.get()
    assert (pull.tag, pull.digest, pull.repository.name) == (nginx.version, nginx.digest, "charts/nginx")
    assert pull.actor == "Alice (test)"


def test_a_download_that_is_asked_for_again_is_the_archive_again(nginx, ours):
    path = f"/charts/nginx-{nginx.version}.tgz"
    for host, address in (("acme.localhost", path), ("localhost:8000", f"/acme{path}")):
        Pull.objects.all().delete()
        with remembering():
            first, again = (Wire(host, ours.authorization)("GET", address) for _ in range(2))
        assert (first.status, first.headers["content-type"]) == (200, "application/gzip")
        assert (again.headers["content-type"], again.content) == ("application/gzip", first.content)
        assert [each.digest for each in Pull.objects.all()] == [nginx.digest] * 2


def test_the_same_below_the_portals_own_host(nginx, ours, globex):
    portal = Asking("localhost:8000", authorization=ours.authorization)
    assert portal.charts("/acme/charts/index.yaml") == [f"nginx {nginx.version}"]
    assert portal(f"/acme/charts/nginx-{nginx.version}.tgz").status_code == 200
    assert portal("/globex/charts/index.yaml").status_code == 401


def test_a_tenants_own_charts_are_listed_beside(nginx, ours, acme, theirs):
    archive = own_chart(acme, "shop", "1.2.3+build.7", description="Ünser")
    assert ours.charts() == [f"nginx {nginx.version}", "shop 1.2.3+build.7"]
    assert ours("/charts/shop-1.2.3+build.7.tgz").whole == archive
    assert "Ünser" in ours(INDEX).content.decode()
    assert theirs.charts() == []


def test_the_signature_that_was_pushed_with_an_archive_lies_beside_it(nginx, ours, acme, theirs):
    own_chart(acme, "shop", "1.0.0", provenance=b"-----BEGIN PGP SIGNED MESSAGE-----")
    answer = ours("/charts/shop-1.0.0.tgz.prov")
    assert answer.whole == b"-----BEGIN PGP SIGNED MESSAGE-----"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="shop-1.0.0.tgz.prov"'
    assert not Pull.objects.exists()
    assert [theirs(f"/charts/{name}.tgz.prov").status_code for name in ("shop-1.0.0", "none-1.0.0")] == [
        404
    ] * 2
    assert Asking("acme.localhost")("/charts/shop-1.0.0.tgz.prov").status_code == 401


def test_of_an_archive_without_one_it_is_not_there(nginx, ours):
    answer = ours(f"/charts/nginx-{nginx.version}.tgz.prov")
    assert (answer.status_code, answer.content) == (404, b"There is no such chart here.\n")


def test_what_is_not_granted_is_not_there(nginx, theirs):
    assert theirs.charts() == []
    foreign, missing = (theirs(f"/charts/{name}.tgz") for name in (f"nginx-{nginx.version}", "none-1.0.0"))
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.content == missing.content


def test_a_withdrawn_grant_ends_it(nginx, ours, acme):
    Grant.objects.of(acme.pk).filter(name="charts/nginx").update(is_on_hold=True)
    assert ours.charts() == []
    assert ours(f"/charts/nginx-{nginx.version}.tgz").status_code == 404


def test_a_grants_tag_patterns_hold_here_too(nginx, ours, acme):
    Grant.objects.of(acme.pk).filter(name="charts/nginx").update(tag_patterns=["9.*"])
    assert ours.charts() == []
    assert ours(f"/charts/nginx-{nginx.version}.tgz").status_code == 404


@pytest.mark.parametrize("path", [INDEX, "/charts/nginx-0.1.1.tgz", "/charts/none-1.0.0.tgz"])
def test_someone_without_a_token_is_asked_for_one(nginx, path):
    for authorization in ("", "Basic !", basic("wrong"), "Bearer wrong", "Negotiate x"):
        answer = Asking("acme.localhost", authorization=authorization)(path)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="acme.localhost"'
        assert b"helm repo add" in answer.content


def test_a_strangers_token_opens_nothing(nginx, theirs, acme):
    there = Asking("acme.localhost", authorization=theirs.authorization)
    assert there(INDEX).status_code == 401
    assert there(f"/charts/nginx-{nginx.version}.tgz").status_code == 401


def test_a_public_chart_is_everyones_and_only_that(nginx, acme, ours):
    own_chart(acme, "shop", "1.0.0")
    Repository.objects.filter(name="charts/nginx").update(is_public=True)
    nobody = Asking("acme.localhost")
    assert nobody.charts() == [f"nginx {nginx.version}"]
    assert nobody(f"/charts/nginx-{nginx.version}.tgz").status_code == 200
    assert nobody("/charts/shop-1.0.0.tgz").status_code == 401


def test_what_is_no_chart_is_left_out(nginx, acme, ours):
    repository, _ = Repository.objects.get_or_create(tenant=acme, name="charts/image")
    world.pushed(repository, tag="1.0.0")
    own_chart(acme, "misnamed", "1.0.0", name="other")
    own_chart(acme, "mistagged", "1.0.0", version="2.0.0")
    own_chart(acme, "numbered", "1.0.0", version=1)
    assert ours.charts() == [f"nginx {nginx.version}"]


def test_an_index_that_has_not_changed_is_not_sent_again(nginx, ours, acme):
    first = ours(INDEX)
    again = ours(INDEX, HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    own_chart(acme, "shop", "1.0.0")
    assert ours(INDEX, HTTP_IF_NONE_MATCH=first.headers["ETag"]).status_code == 200
    assert first.headers["Cache-Control"] == "private, no-cache"


def test_head_and_ranges_are_served_and_nothing_is_changed(nginx, ours):
    path = f"/charts/nginx-{nginx.version}.tgz"
    assert int(ours(path, "head").headers["Content-Length"]) > 1000
    assert ours(path, HTTP_RANGE="bytes=0-9").status_code == 206
    for method in ("post", "put", "delete"):
        assert ours(path, method).status_code == 405
        assert ours(INDEX, method).status_code == 405


def test_the_index_costs_the_same_however_many_charts_there_are(nginx, ours, acme, django_assert_num_queries):
    ours(INDEX)
    with django_assert_num_queries(QUERIES):
        ours(INDEX)
    for number in range(5):
        own_chart(acme, f"chart{number}", "1.0.0")
        own_chart(acme, f"chart{number}", "1.0.1")
    with django_assert_num_queries(QUERIES):
        assert len(ours.charts()) == 11


#: Host, tenant, token, its owner's role, and one each for grants, owned repositories, tags, pins and configurations.
QUERIES = 9
