"""The platform's chart by helm, over OCI: what is refused. What works: `test_interop`."""

from __future__ import annotations

import pytest

HELM = "helm4"


@pytest.fixture
def chart(shop):
    return f"oci://{shop.acme}/charts/nginx"


def test_rendering_without_a_registry_says_what_to_set(client, chart):
    client.sign_in("pull")
    assert "Set image.registry" in client.refused(HELM, "template", "web", "--plain-http", chart)


def test_a_chart_that_is_not_granted_is_not_there(client, shop):
    client.sign_in("beta")
    said = client.refused(
        HELM, "pull", "--plain-http", f"oci://{shop.beta}/charts/nginx", "--version", "0.1.1"
    )
    assert "not found" in said.lower() or "There is no such repository here." in said
