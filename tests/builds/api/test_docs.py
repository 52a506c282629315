"""The API's contract is valid and can be read offline, on a tenant's address and on the portal's."""

from __future__ import annotations

import re

import pytest
import yaml
from django.test import Client
from openapi_spec_validator import validate

from tenants.models import Tenant

pytestmark = pytest.mark.django_db
PORTAL = Client(headers={"host": "localhost:8000"})


@pytest.mark.parametrize(
    ("host", "path", "server"),
    [
        ("acme.localhost:8000", "/api/schema/", "/"),
        ("localhost:8000", "/acme/api/schema/", "/acme"),
        ("localhost:8000", "/api/schema/", "/{tenant}"),
    ],
)
def test_the_contract_is_valid_and_says_where_it_begins(
    acme: Tenant, host: str, path: str, server: str
) -> None:
    answer = Client(headers={"host": host}).get(path)

    contract = yaml.safe_load(answer.content)
    validate(contract)
    assert contract["servers"][0]["url"] == server


def test_the_contract_names_every_door_and_the_token() -> None:
    contract = yaml.safe_load(PORTAL.get("/api/schema/").content)

    assert set(contract["paths"]) == {
        "/api/v1/images/",
        "/api/v1/images/{name}/",
        "/api/v1/charts/",
        "/api/v1/charts/{name}/",
        "/api/v1/charts/{name}/versions/{version}/values/",
        "/api/v1/replacement/",
        "/api/v1/packages/{name}/images/",
        "/api/v1/repositories/{name}/tags/",
        "/api/v1/repositories/{name}/releases/",
        "/api/v1/repositories/{name}/releases/{digest}/",
        "/api/v1/repositories/{name}/releases/{digest}/sbom/",
        "/api/v1/repositories/{name}/releases/{digest}/provenance/",
        "/api/v1/repositories/",
        "/api/v1/repositories/{name}/",
        "/api/v1/repositories/{name}/tags/{tag}/",
        "/api/v1/repositories/{name}/tags/{tag}/history/",
        "/api/v1/repositories/{name}/tags/{tag}/rollback/",
        "/api/v1/repositories/{name}/tags/{tag}/pin/",
        "/api/v1/pins/",
        "/api/v1/golden-images/",
        "/api/v1/builds/",
        "/api/v1/builds/preview/",
        "/api/v1/builds/{id}/",
        "/api/v1/builds/{id}/log/",
        "/api/v1/builds/{id}/capabilities/",
        "/api/v1/builds/{id}/cancel/",
    }
    assert contract["components"]["securitySchemes"]["accessToken"]["scheme"] == "bearer"


def test_the_contract_tells_charts_that_may_be_installed_from_those_that_may_be_had() -> None:
    contract = yaml.safe_load(PORTAL.get("/api/schema/").content)

    asked = {one["name"]: one["schema"] for one in contract["paths"]["/api/v1/charts/"]["get"]["parameters"]}
    assert set(asked["access"]["enum"]) == {"yours", "available"}
    assert {"q", "source", "category"} <= asked.keys()
    shape = contract["components"]["schemas"]["ChartShape"]["properties"]
    assert {"access", "lacks", "reference"} <= shape.keys()


def test_the_contract_is_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    PORTAL.get("/api/schema/")

    assert "Warning" not in capsys.readouterr().err


def test_the_docs_load_nothing_from_elsewhere_and_run_no_inline_script(acme: Tenant) -> None:
    answer = Client(headers={"host": "acme.localhost:8000"}).get("/api/docs/")

    page = answer.content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)


def test_only_the_docs_page_relaxes_styles(acme: Tenant) -> None:
    client = Client(headers={"host": "acme.localhost:8000"})

    docs = client.get("/api/docs/")["Content-Security-Policy"]
    health = client.get("/healthz")["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in docs
    assert "script-src 'self';" in f"{docs};"
    assert "unsafe-inline" not in health


def test_the_docs_script_points_to_this_address_s_contract(acme: Tenant) -> None:
    answer = Client(headers={"host": "localhost:8000"}).get("/acme/api/docs/?script=")

    assert "/acme/api/schema/" in answer.content.decode()


def test_an_unknown_api_address_is_a_problem_document(acme: Tenant) -> None:
    answer = Client(headers={"host": "acme.localhost:8000"}).get("/api/v2/images/")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:assay:error:not_found"


def test_the_docs_refuse_what_is_not_reading(acme: Tenant) -> None:
    answers = [
        Client(headers={"host": "acme.localhost:8000"}).options(f"/api/{page}/")
        for page in ("docs", "schema")
    ]

    assert [answer.status_code for answer in answers] == [405, 200]
