"""The tab that compares an image with another one, and what releases are called where few tags are shown."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from catalog import free, shelf
from catalog.models import Image
from catalog.pages.evidence_page import TABS
from registry.models import Grant
from tenants.models import Tenant
from tests.catalog import world


def built(name: str, category: str = "web", *, content: bytes = b"one layer") -> Image:
    image = world.image(name, stream="1")
    Image.objects.filter(pk=image.pk).update(category=category)
    world.released(image.streams.get(), content=content, config={"Entrypoint": [f"/usr/bin/{name}"]})
    image.refresh_from_db()
    shelf.note(image)
    return image


@pytest.fixture
def tier(acme: Tenant) -> Tenant:
    for name in ("caddy", "nginx", "php", "php-fpm"):
        built(name, content=name.encode())
    return free.open_tier(actor="tests")


def page(path: str) -> str:
    answer = Client(headers={"host": "free.localhost"}).get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_where_one_release_is_shown_an_image_is_compared_with_one_of_its_kind(tier: Tenant) -> None:
    shown = page("/images/nginx/?tab=compare")
    assert "<option selected>caddy</option>" in shown
    assert '<th scope="col">nginx</th>' in shown
    assert "/usr/bin/caddy" in shown
    assert 'name="a"' not in shown
    assert "Only the newest release is shown here." not in shown


def test_the_first_that_is_offered_is_the_one_with_the_likest_name(tier: Tenant) -> None:
    assert "<option selected>php-fpm</option>" in page("/images/php/?tab=compare")


def test_its_category_is_offered_first_then_all_others(tier: Tenant) -> None:
    Image.objects.filter(name="php-fpm").update(category="language")
    shown = page("/images/nginx/?tab=compare")
    assert re.findall(r"<option[^>]*>([^<]+)</option>", shown) == ["caddy", "php", "php-fpm"]


def test_any_image_of_the_catalogue_can_be_named(tier: Tenant) -> None:
    shown = page("/images/nginx/?tab=compare&with=php")
    assert "/usr/bin/php<" in shown
    assert "Fixed" not in shown  # neither has fixed what the other lacks


@pytest.mark.parametrize("name", ["nothing", "redis", "<b>"])
def test_an_image_that_is_not_granted_is_not_there(
    visit, alice, tier: Tenant, acme: Tenant, name: str
) -> None:
    redis = built("redis", content=b"redis")
    Grant.objects.of(acme.pk).filter(repository=redis.repository).delete()
    answer = visit(alice, f"/images/nginx/?tab=compare&with={name}")
    assert answer.status_code == 404
    assert "/usr/bin/redis" not in answer.content.decode()
    assert "here that can be pulled." in answer.content.decode()


def test_one_alone_says_that_there_is_nothing_to_compare_it_with(acme: Tenant) -> None:
    built("nginx")
    free.open_tier(actor="tests")
    assert "Only the newest release is shown here." in page("/images/nginx/?tab=compare")


def test_nothing_is_offered_that_cannot_be_pulled_without_an_account(tier: Tenant) -> None:
    """The tags that never move are not the free tier's; their names would lead nowhere."""
    nginx = Image.objects.get(name="nginx")
    unique = nginx.newest.unique_tag if nginx.newest else ""
    assert unique
    for tab in TABS:
        assert unique not in page(f"/images/nginx/?tab={tab}"), tab


def test_a_release_is_called_by_its_fixed_tag_where_that_is_shown(visit, alice, tier: Tenant) -> None:
    nginx = Image.objects.get(name="nginx")
    world.released(nginx.streams.get(), content=b"second")
    shown = visit(alice, "/images/nginx/?tab=sbom").content.decode()
    for release in nginx.repository.releases.all():
        assert f">{release.unique_tag}</option>" in shown
