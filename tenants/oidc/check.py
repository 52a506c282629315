"""Trying a provider's settings step by step, for the person who sets them up. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
from django.utils.translation import gettext as _

from tenants.directory.check import Step
from tenants.models import IdentityProvider
from tenants.oidc.asking import Session

STEPS = ("documents", "issuer", "endpoints", "keys")


class _Failed(Exception):
    pass


def check(provider: IdentityProvider) -> list[Step]:
    """Run the steps in order; the first that fails ends the run, the rest are skipped."""
    done: list[Step] = []
    try:
        done.extend(_steps(provider))
    except (_Failed, requests.RequestException, ValueError) as error:
        # What `extend` took before the error is there: the error is the next step's.
        code = getattr(error, "code", "") or "provider_answer"
        done.append(Step(STEPS[len(done)], "failed", str(error)[:300], code))
    return done + [Step(name, "skipped", "") for name in STEPS[len(done) :]]


def _steps(provider: IdentityProvider) -> Iterator[Step]:
    with Session() as session:
        address = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
        about = _object(session, address)
        yield Step("documents", "passed", address)
        if about.get("issuer") != provider.issuer:
            raise _Failed(_("It calls itself %(name)s.") % {"name": str(about.get("issuer"))[:200]})
        yield Step("issuer", "passed", provider.issuer)
        wanted = [about.get(f"{name}_endpoint") for name in ("authorization", "token", "userinfo")]
        if not all(isinstance(each, str) and urlsplit(each).scheme == "https" for each in wanted):
            raise _Failed(_("An endpoint is missing, or is no https:// address."))
        yield Step("endpoints", "passed", ", ".join(str(each) for each in wanted))
        keys = _object(session, str(about.get("jwks_uri"))).get("keys")
        if not isinstance(keys, list) or not keys:
            raise _Failed(_("It names no keys."))
        yield Step("keys", "passed", str(len(keys)))


def _object(session: Session, address: str) -> dict[str, Any]:
    answer = session.get(address)
    found = answer.json()
    if not isinstance(found, dict):
        raise _Failed(_("%(address)s answers with no JSON object.") % {"address": address})
    return found
