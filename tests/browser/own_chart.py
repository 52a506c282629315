"""A chart that a tenant brought: with another within it, and an image that the catalogue lacks."""

from __future__ import annotations

from catalog.charts.taking import take_chart
from tenants.models import Tenant, User
from tests.catalog.charts.archives import packed
from tests.catalog.charts.bundles import chart


def import_chart(acme: Tenant, alice: User) -> None:
    """A shop with a cache that is switched off and a sidecar that the catalogue lacks."""
    need = [{"name": "redis", "alias": "cache", "condition": "cache.enabled"}]
    values = """# Charts of this maker want their own images.
global: {security: {allowInsecureImages: false}}
# The web server.
image: {registry: docker.io, repository: library/nginx, tag: 1.28.0}
sidecar:
  image: {repository: ghcr.io/elsewhere/log-shipper, tag: "2.1"}
cache: {enabled: false}
"""
    files = {
        **chart(
            "storefront/",
            values=values,
            needs=need,
            description="The shop's front, with a cache.",
            appVersion="7.1",
        ),
        **chart("storefront/charts/redis/", values={"image": {"repository": "redis", "tag": "8.0.1"}}),
    }
    take_chart(tenant=acme, content=packed(files), actor=alice)
