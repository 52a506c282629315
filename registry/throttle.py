"""Count wrong credentials by network, so that guessing is answered with "later".

Counted in the database, so that several web processes count together. Right credentials are never asked
about here: one bad client behind an address does not lock out the good ones (a secret has 256 random bits;
what this saves is work and noise, not the secret). Not in charge of what is a wrong credential.
"""

from __future__ import annotations

import ipaddress
import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from registry.errors import TooManyFailures
from registry.models import Failures

#: Wrong credentials of one network within a minute that are still answered one by one.
MOST = 60
_KEPT = timedelta(hours=1)

_log = logging.getLogger(__name__)


def note(address: str) -> None:
    """Count one. Raises TooManyFailures once there were more than `MOST` within this minute."""
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0)
    network = network_of(address)
    count = _count(network, minute)
    if count < MOST:
        _add(network, minute)
        return
    wait = max(1, 60 - now.second)
    raise TooManyFailures(headers={"Retry-After": str(wait)})


def forget_old() -> int:
    """Remove counts that no longer matter; how many."""
    return Failures.objects.filter(minute__lt=timezone.now() - _KEPT).delete()[0]


def network_of(address: str) -> str:
    """An address as it is counted: IPv4 alone, IPv6 with the /64 that one site owns; "" for no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _count(network: str, minute: datetime) -> int:
    return (
        Failures.objects.filter(network=network, minute=minute).values_list("count", flat=True).first() or 0
    )


def _add(network: str, minute: datetime) -> None:
    rows = Failures.objects.filter(network=network, minute=minute)
    if not rows.update(count=F("count") + 1):
        try:
            with transaction.atomic():
                Failures.objects.create(network=network, minute=minute, count=1)
        except IntegrityError:  # another process began the minute
            rows.update(count=F("count") + 1)
    if rows.filter(count=MOST).exists():
        _log.warning("%s wrong credentials within a minute from %s", MOST, network or "unknown")
