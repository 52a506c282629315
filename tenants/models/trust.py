"""Trust policies: which workloads of other systems may pull and push without a stored secret."""

from __future__ import annotations

import json
import re

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.scope import TenantManager
from tenants.trust.patterns import BadPattern, compiled, literal_start, names_its_host


class TrustPolicy(models.Model):
    """Trusts tokens of one issuer for one subject and audience; what is empty trusts nothing.

    Exactly one of `issuer` and `issuer_pattern`, and of `subject` and `subject_pattern`, is given. A policy
    that is not enforced lets nobody in: it only writes down what it would have said.
    """

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="trust_policies")
    name = models.CharField(max_length=80)
    issuer = models.CharField(max_length=300, blank=True)
    issuer_pattern = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    subject_pattern = models.CharField(max_length=200, blank=True)
    audience = models.CharField(max_length=300)
    #: {claim: the exact value}, all of which the token must have.
    claims = models.JSONField(default=dict, blank=True)
    #: Subset of {"pull", "push"}.
    actions = models.JSONField(default=list)
    #: fnmatch pattern of repository names.
    repositories = models.CharField(max_length=200, default="*")
    minutes = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    is_active = models.BooleanField(default=True)
    is_enforced = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager["TrustPolicy"]()
    unscoped: models.Manager[TrustPolicy] = models.Manager()

    class Meta:
        verbose_name_plural = "trust policies"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="trust_policy_name_per_tenant")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lets_in(self) -> bool:
        return self.is_active and self.is_enforced

    def clean(self) -> None:
        """Refuse a policy that is ambiguous, or that would trust more than was meant."""
        wrong: dict[str, object] = {}
        for name in ("issuer", "subject"):
            if bool(getattr(self, name)) == bool(getattr(self, f"{name}_pattern")):
                wrong[name] = _("Give exactly one of the value and the pattern.")
            try:
                compiled(getattr(self, f"{name}_pattern"))
            except BadPattern as error:
                wrong[f"{name}_pattern"] = str(error)
        if self.issuer and not self.issuer.startswith("https://"):
            wrong["issuer"] = _("An issuer is an https:// address.")
        pattern = self.issuer_pattern if "issuer_pattern" not in wrong else ""
        if pattern and not names_its_host(pattern):
            wrong["issuer_pattern"] = _(
                "Begin with https:// and a plain host: dots as \\., the last two parts literal."
            )
        if "subject_pattern" not in wrong and self._trusts_strangers():
            wrong["subject_pattern"] = _(
                "Anyone has repositories there: begin with your own organisation or group."
            )
        if not isinstance(self.claims, dict) or len(json.dumps(self.claims)) > 4000:
            wrong["claims"] = _("Give claims as an object of names and exact values.")
        if not isinstance(self.actions, list) or not self.actions or not set(self.actions) <= _TRADABLE:
            wrong["actions"] = _("Choose one or more of: pull, push.")
        if wrong:
            raise ValidationError(wrong)

    def _trusts_strangers(self) -> bool:
        """A pattern of subjects that fits repositories of others, at an issuer that all of them share."""
        begins = _SHARED.get(self.issuer) if self.subject_pattern else None
        return begins is not None and re.match(begins, literal_start(self.subject_pattern)) is None


#: A build needs a person who ordered it, and rights over repositories a person's role.
_TRADABLE = frozenset({"pull", "push"})
#: Issuers that sign for anyone who has an account there, and how a pattern of one's own subjects begins.
_SHARED = {
    "https://token.actions.githubusercontent.com": r"repo:[A-Za-z0-9-]+(?:@[0-9]+)?/",
    "https://gitlab.com": r"project_path:[A-Za-z0-9_-]+/",
}
