"""From a host and a name on the wire to a tenant and a repository's name.

On a tenant's host a name is the tenant's own. On the portal host it begins with the tenant's slug, or is
a build's `staging/<build id>`. `ns=` and forwarded hosts never take part. Not in charge of rights.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from registry import memory
from registry.errors import HostUnknown, NameUnknown
from registry.names import check_name
from tenants.addresses import UnknownHost, normal_host, tenant_of_host, tenant_of_path
from tenants.models import Tenant

#: The first component of the names of builds' staging repositories, on the portal host.
STAGING = "staging"
_tenant_of_host = memory.remembering(tenant_of_host)
_tenant_of_path = memory.remembering(tenant_of_path)


@dataclass(frozen=True, slots=True)
class Host:
    """Where a request arrived. `tenant` is None on the portal host."""

    name: str
    tenant: Tenant | None


@dataclass(frozen=True, slots=True)
class Place:
    """A repository's address: `wire` is what the client calls it, `name` what its owner does."""

    host: Host
    wire: str
    tenant: Tenant | None
    name: str
    #: Set for a build's staging, and then there is no tenant.
    staging: uuid.UUID | None = None

    def path(self, rest: str) -> str:
        """A path on the same host, for Location headers."""
        return f"/v2/{self.wire}/{rest}"


def host_of(raw: str) -> Host:
    """Raises HostUnknown; an unknown host never falls back to a tenant."""
    try:
        return Host(raw.strip().lower(), _tenant_of_host(normal_host(raw)))
    except UnknownHost as error:
        raise HostUnknown from error


def place_of(host: Host, wire: str) -> Place:
    """Raises NameInvalid for what is no name, NameUnknown where no tenant answers."""
    check_name(wire, host=host.name)
    if host.tenant is not None:
        return Place(host, wire, host.tenant, _allowed(wire))
    first, _, rest = wire.partition("/")
    if first == STAGING and (build := _uuid(rest)):
        return Place(host, wire, None, wire, build)
    tenant = _tenant_of_path(first) if rest else None
    if tenant is None:
        raise NameUnknown
    return Place(host, wire, tenant, _allowed(rest))


def _allowed(name: str) -> str:
    """No tenant's repository may look like a build's staging."""
    if name.partition("/")[0] == STAGING:
        raise NameUnknown
    return name


def _uuid(text: str) -> uuid.UUID | None:
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
