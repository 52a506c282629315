"""The free tier: everyone sees and pulls the latest of what is free, and nothing else."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from catalog import free, offer
from catalog.models import Image
from tenants.models import AuditEntry, Tenant
from tests.catalog import world
from tests.registry.wire import Wire


@pytest.fixture
def tier(acme) -> Tenant:
    """python is free, with an older and a newer release; redis is not."""
    image = world.image("python")
    for content in (b"older", b"newer"):
        world.released(image.streams.get(), content=content)
    world.released(world.image("redis", is_free=False, stream="8").streams.get(), content=b"redis")
    Image.objects.update(is_listed=True)
    return free.open_tier(actor="tests")


def see(path: str, host: str = "free.localhost"):
    return Client(headers={"host": host}).get(path)


def digests() -> list[str]:
    releases = Image.objects.get(name="python").streams.get().releases
    return list(releases.order_by("published_at").values_list("digest", flat=True))


@pytest.mark.parametrize(("host", "prefix"), [("free.localhost", ""), ("localhost", "/free")])
def test_a_stranger_sees_the_free_images_with_the_line_to_pull(tier, host, prefix):
    page = see(f"{prefix}/images/", host).content.decode()
    assert f'href="{prefix}/images/python/"' in page
    assert "redis" not in page.partition("<main")[2].partition("placeholder")[0]
    assert f"docker pull {host}{prefix}/NAME" in page
    assert (
        f"docker pull {host}{prefix}/python:latest" in see(f"{prefix}/images/python/", host).content.decode()
    )


@pytest.mark.parametrize("tab", ["tags", "packages", "sbom", "verify", "compare"])
def test_a_stranger_reads_every_part_of_a_free_image(tier, tab):
    assert see(f"/images/python/?tab={tab}").status_code == 200


def test_a_stranger_sees_nothing_that_is_not_free(tier):
    assert see("/images/redis/").status_code == 404
    assert "redis" not in see("/images/?access=available").content.decode().partition("<table")[2]
    assert see("/available/redis/").status_code == 404


def test_only_the_latest_is_shown(tier):
    older, _ = digests()
    page = see("/images/python/?tab=tags").content.decode()
    assert "latest" in page
    assert "3.13-2026" not in page
    assert see(f"/images/python/evidence/sbom/{older}").status_code == 404


@pytest.mark.parametrize("path", ["/settings/tokens/", "/settings/team/", "/golden/new/", "/settings/audit/"])
def test_whatever_else_there_is_needs_a_person(tier, path):
    assert see(path)["Location"].startswith("/accounts/login/")


def test_other_tenants_stay_closed(tier):
    assert see("/images/", "acme.localhost")["Location"].startswith("/accounts/login/")
    assert Wire("acme.localhost")("GET", "/v2/python/manifests/latest").status == 401


def test_anyone_pulls_the_latest_and_nothing_else(tier):
    older, newer = digests()
    anyone = Wire("free.localhost")
    assert anyone("GET", "/v2/python/manifests/latest").headers["docker-content-digest"] == newer
    assert anyone("GET", f"/v2/python/manifests/{newer}").status == 200
    assert anyone("GET", "/v2/python/tags/list").json["tags"] == ["latest"]
    for name in ("python/manifests/3.13", f"python/manifests/{older}"):
        assert anyone("GET", f"/v2/{name}").status == 404
    assert anyone("GET", "/v2/redis/manifests/8").status == 401
    assert anyone("POST", "/v2/python/blobs/uploads/").status == 401


def test_what_becomes_free_later_is_there_at_once(tier):
    world.released(world.image("node", stream="20").streams.get(), content=b"node")
    assert see("/images/node/").status_code == 200
    assert tier.grants.get(name="node").is_latest_only


def test_the_front_page_leads_there(tier):
    assert 'href="/free/"' in see("/", "localhost").content.decode()


def test_a_tenant_of_that_name_is_never_opened(acme, db):
    offer.entitle(tenant=acme, image=world.image("python"))
    with pytest.raises(free.SlugTaken):
        free.open_tier(actor="tests", slug="acme")
    with pytest.raises(CommandError, match="acme is a tenant already"):
        call_command("free", "open", slug="acme")
    with pytest.raises(CommandError):
        call_command("free", "open", slug="Not a slug")
    assert see("/images/", "acme.localhost").status_code == 302


def test_it_can_be_closed_and_opened_again(tier):
    said = StringIO()
    call_command("free", "close", stdout=said)
    assert see("/images/", "localhost").status_code in (302, 404)
    assert Wire("localhost")("GET", "/v2/free/python/manifests/latest").status == 401
    call_command("free", "close", stdout=said)
    call_command("free", "open", stdout=said)
    assert said.getvalue().splitlines() == [
        "free is closed.",
        "free was not open.",
        "1 images are open to everyone at http://localhost:8000/free/",
    ]
    assert see("/images/python/").status_code == 200
    verbs = AuditEntry.objects.filter(tenant=tier).order_by("sequence").values_list("verb", flat=True)
    assert list(verbs) == [
        "tenant.opened-to-everyone",
        "tenant.closed-to-everyone",
        "tenant.opened-to-everyone",
    ]
