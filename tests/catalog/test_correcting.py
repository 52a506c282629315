"""What a mistyped word is taken for, and that nobody learns by it what others have."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import correcting, vocabulary
from catalog.models import Image, Package
from catalog.offer import entitle
from registry.models import Grant
from tenants.models import Tenant
from tests.catalog.test_search import asked, found, offered
from tests.registry.clocks import remembering


@pytest.fixture
def shop(acme, globex):
    """nginx is acme's, nginy globex' alone, and redis may be asked for."""
    entitle(tenant=acme, image=offered("nginx"))
    entitle(tenant=globex, image=offered("nginy"))
    offered("redis")
    Image.objects.exclude(name="redis").update(is_listed=False)
    return acme


def test_a_likelier_word_of_others_hides_none_of_ones_own(shop, globex):
    entitle(tenant=shop, image=offered("gateway"))
    entitle(tenant=globex, image=offered("gatewayy"))
    Image.objects.update(is_listed=False)
    assert asked(shop, q="gatewayyy").corrected == "gateway"
    assert asked(globex, q="gatewayyy").corrected == "gatewayy"


def test_a_word_that_only_others_know_is_taken_for_mistyped(shop):
    assert asked(shop, q="nginy").corrected == "nginx"


def test_what_may_be_asked_for_corrects_too_but_where_nobody_asks(shop):
    assert asked(shop, q="rediss").corrected == "redis"
    Tenant.objects.filter(pk=shop.pk).update(is_open=True)
    assert asked(Tenant.objects.get(pk=shop.pk), q="rediss").corrected == ""


def test_a_word_that_is_known_or_short_stays_beside_a_mistyped_one(shop):
    assert asked(shop, q="an Ngnix image").corrected == "an nginx image"


def test_words_are_read_once_a_minute_and_asked_about_each_time(shop):
    with remembering() as clock:
        asked(shop, q="ngnix")
        with CaptureQueriesContext(connection) as first:
            assert asked(shop, q="ngnix").corrected == "nginx"
        Grant.objects.of(shop.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
        assert asked(shop, q="ngnix").corrected == ""
        Grant.objects.of(shop.pk).update(ends_at=None)
        clock.pass_(vocabulary.LASTS)
        with CaptureQueriesContext(connection) as later:
            assert asked(shop, q="ngnix").corrected == "nginx"
    assert len(later) == len(first) + 1


def test_a_new_name_is_found_at_once_and_corrects_within_a_minute(shop):
    with remembering() as clock:
        assert asked(shop, q="ngnix").corrected == "nginx"
        entitle(tenant=shop, image=offered("grafana"))
        assert found(shop, q="grafana") == ["grafana"]
        clock.pass_(vocabulary.LASTS)
        assert asked(shop, q="grafanna").corrected == "grafana"


def test_a_name_that_an_image_no_longer_has_is_told_to_nobody(shop):
    with remembering():
        assert asked(shop, q="ngnix").corrected == "nginx"
        Image.objects.filter(name="nginx").update(names="httpd httpd")
        assert asked(shop, q="ngnix").corrected == ""


def test_a_package_that_is_remembered_is_told_to_its_holders_alone(shop):
    Package.objects.create(ecosystem="deb", name="libsecretsauce")
    with remembering():
        assert list(vocabulary.packages("l")) == ["libsecretsauce"]
        assert asked(shop, q="libsecretsuace").corrected == ""


def test_names_that_are_given_correct_a_word():
    assert correcting.corrected(["web server", "cache"], "Cahce srever") == "cache server"
    assert correcting.corrected(["web server", "cache"], "cache") == ""
