"""Sentences of the starter catalogue in the reader's language; everybody else's as they were written."""

# ruff: noqa: RUF001
from __future__ import annotations

import pytest
from django.utils import translation

from builds.starter.definitions import definitions
from catalog import search, sentences, shelf
from catalog.models import Image
from tests.catalog.test_search import offered

OURS = "The nginx web server, on port 8080, as a user without rights."
CHINESE = "nginx Web 服务器，端口 8080，以无特权用户运行。"


def test_a_starter_image_is_described_in_the_readers_language() -> None:
    assert definitions()["nginx"].summary == OURS
    with translation.override("en"):
        assert sentences.offered(OURS) == OURS
    with translation.override("zh-hans"):
        assert sentences.offered(OURS) == CHINESE


@pytest.mark.parametrize("text", ["", "Images", "Base", "Our own nginx.", "服务器", f"{OURS} Ours."])
def test_what_others_wrote_is_left_even_where_a_page_says_the_same_word(text: str) -> None:
    with translation.override("zh-hans"):
        assert sentences.offered(text) == text


@pytest.mark.django_db
def test_an_image_is_found_by_its_summary_in_any_language() -> None:
    image = offered("nginx")
    Image.objects.filter(pk=image.pk).update(summary=OURS)
    shelf.note(Image.objects.get(pk=image.pk))
    offered("python")
    for text in ("服务器", "无特权用户 nginx", "web server"):
        assert [found.name for found in search.matching(Image.objects.all(), text)] == ["nginx"], text
