import pytest
from django.test import Client


def test_healthz_needs_no_database():
    assert Client().get("/healthz", headers={"host": "localhost"}).json() == {"status": "ok"}


@pytest.mark.django_db
def test_readyz_asks_the_database():
    assert Client().get("/readyz", headers={"host": "localhost"}).json() == {"status": "ok"}
