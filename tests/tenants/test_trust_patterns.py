"""Patterns of trust policies that would trust strangers are refused when they are written."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from tenants.models import TrustPolicy


def refused_fields(made: TrustPolicy) -> list[str]:
    try:
        made.clean()
    except ValidationError as refusal:
        return list(refusal.message_dict)
    return []


@pytest.mark.parametrize(
    ("pattern", "is_taken"),
    [
        (r"https://gitlab\.example\.com/.*", True),
        (r"https://oidc\.eks\.[a-z0-9-]+\.amazonaws\.com/id/[A-Z0-9]+", True),
        (r"https://ci\.example\.com:8443", True),
        (r"https://.*", False),
        (r"https://gitlab.example.com/.*", False),
        (r"https://gitlab\.example\.com.*", False),
        (r"https://gitlab\.example\.com|https://.*", False),
        (r"https://(?:a|.*)\.example\.com/", False),
        (r"https://[a-z]+\.com/", False),
        (r"https://example\.[a-z]+/", False),
        (r"https://[^/]+\.example\.com/", False),
        (r"https://[a-z/.]+\.example\.com/", False),
        (r"https://\w+\.example\.com/", False),
        (r"https://user@ci\.example\.com/", False),
    ],
)
def test_a_pattern_of_issuers_names_its_host(pattern: str, is_taken: bool):
    made = TrustPolicy(name="x", issuer_pattern=pattern, subject="x", audience="x", actions=["pull"])
    assert refused_fields(made) == ([] if is_taken else ["issuer_pattern"])


@pytest.mark.parametrize(
    ("issuer", "pattern", "is_taken"),
    [
        ("https://token.actions.githubusercontent.com", "repo:acme/.*", True),
        ("https://token.actions.githubusercontent.com", "repo:acme@65/shop@7:.*", True),
        ("https://token.actions.githubusercontent.com", "repo:.*", False),
        ("https://token.actions.githubusercontent.com", "repo:[a-z]+/shop:.*", False),
        ("https://token.actions.githubusercontent.com", ".*/shop:ref:refs/heads/main", False),
        ("https://token.actions.githubusercontent.com", "repo:acme/x|repo:.*", False),
        ("https://gitlab.com", "project_path:acme/.*", True),
        ("https://gitlab.com", "project_path:.*", False),
        ("https://gitlab.example.com", "project_path:.*", True),
    ],
)
def test_where_anyone_has_repositories_a_pattern_names_an_owner(issuer: str, pattern: str, is_taken: bool):
    made = TrustPolicy(name="x", issuer=issuer, subject_pattern=pattern, audience="x", actions=["pull"])
    assert refused_fields(made) == ([] if is_taken else ["subject_pattern"])
