"""What platform support may do on the platform's pages, and how a visit begins."""

from __future__ import annotations

import pytest

from tenants.models import SupportVisit, Tenant
from tests.portal.platform.conftest import client_of

PATH = "/admin/tenants/acme/"
ASKED = {"role": "viewer", "reason": "Ticket 7", "minutes": "30"}


def test_support_begins_a_visit_and_is_there(acme: Tenant, sam) -> None:
    answer = client_of(sam).post(f"{PATH}visits/", ASKED)
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
    answer = client_of(sam).post(f"{PATH}visits/", ASKED | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not SupportVisit.objects.exists()


def test_support_looks_and_changes_nothing(acme, sam) -> None:
    client = client_of(sam)
    assert "Begin the visit" in client.get(f"{PATH}visits/").content.decode()
    assert "Settings" not in client.get(PATH).content.decode()
    for path in ("/admin/new-tenant/", PATH, f"{PATH}settings/"):
        assert client.post(path, {"name": "Other"}).status_code == 404
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_the_front_page_leads_support_to_the_tenants(sam) -> None:
    assert client_of(sam).get("/")["Location"] == "/admin/tenants/"


def test_past_visits_are_listed(acme: Tenant, sam) -> None:
    client_of(sam).post(f"{PATH}visits/", ASKED)
    page = client_of(sam).get(f"{PATH}visits/").content.decode()
    assert "Ticket 7" in page
    assert "viewer" in page
