"""What platform support may do on the platform's pages, and how a visit begins."""

from __future__ import annotations

import pytest

from tenants.models import SupportVisit, Tenant
from tests.portal.platform.conftest import client_of

PATH = "/admin/tenants/acme/"
ASKED = {"role": "viewer", "reason": "Ticket 7", "minutes": "30"}


def test_support_begins_a_visit_and_is_there(acme: Tenant, sam) -> None:
    answer = client_of(sam).post(f"{PATH}visit", ASKED)
    assert answer["Location"] == "/acme/"
    assert client_of(sam).get("/acme/images/").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reason": ""}, "the tenant reads it"),
        ({"minutes": "9999"}, "four hours"),
        ({"minutes": "²"}, "four hours"),
    ],
)
def test_a_mistake_is_said_and_what_was_written_is_kept(acme, sam, wrong, said: str) -> None:
    answer = client_of(sam).post(f"{PATH}visit", ASKED | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not SupportVisit.objects.exists()


def test_support_looks_and_changes_nothing(acme, sam) -> None:
    client = client_of(sam)
    page = client.get(PATH).content.decode()
    assert "Begin the visit" in page
    assert "Keep these" not in page
    for path in ("/admin/tenants/", PATH, f"{PATH}entitlements"):
        assert client.post(path, {"name": "Other"}).status_code == 404
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_the_front_page_leads_support_to_the_tenants(sam) -> None:
    assert client_of(sam).get("/")["Location"] == "/admin/tenants/"
