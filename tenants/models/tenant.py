"""A tenant and the host names it answers on."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.names import not_reserved

slug_is_a_label = RegexValidator(
    r"\A[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?\Z",
    _("Use 1 to 40 lower-case letters, digits and inner hyphens, starting with a letter."),
)
colour_is_hex = RegexValidator(r"\A#[0-9a-f]{6}\Z", _("Use a colour such as #0b5a5a."))


class Tenant(models.Model):
    """A customer company, or a team of our own: the wall that nothing crosses."""

    slug = models.CharField(max_length=40, unique=True, validators=[slug_is_a_label, not_reserved])
    name = models.CharField(max_length=80)
    accent = models.CharField(max_length=7, default="#0b5a5a", validators=[colour_is_hex])
    #: Of the logo; "" for none. See `tenants.branding`.
    logo_hash = models.CharField(max_length=64, blank=True)
    support_url = models.URLField(blank=True)
    is_active = models.BooleanField(default=True)
    #: People come in by its directories and providers alone; see `tenants.sso`.
    requires_sso = models.BooleanField(default=False)
    #: Anyone may look at its images and pull them, without an account: the platform's free tier.
    is_open = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Hostname(models.Model):
    """One host name of one tenant; `name` is lower-case ASCII without a port."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="hostnames")
    name = models.CharField(max_length=253, unique=True)
    is_primary = models.BooleanField(default=False)
    #: The tenant claimed and proved it; otherwise the operator gave it.
    is_own = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class HostnameClaim(models.Model):
    """A name that a tenant says is its own, not proved yet: it gives nothing and is nobody else's obstacle."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="hostname_claims")
    name = models.CharField(max_length=253)
    #: Stands in the TXT record or the file that proves the claim; no other tenant's works.
    token = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="claimed_once_per_tenant")]

    def __str__(self) -> str:
        return self.name
