"""A tenant's LDAP server."""

from __future__ import annotations

import re

import ldap.dn
import ldap.filter
from cryptography import x509
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.directory import guard
from tenants.directory.errors import DirectoryTrouble
from tenants.roles import Role
from tenants.scope import TenantManager

_ATTRIBUTE = re.compile(r"\A[A-Za-z][A-Za-z0-9-]*\Z")


class Directory(models.Model):
    """How to reach one LDAP server of one tenant, and which of its groups give which role."""

    class GroupType(models.TextChoices):
        GROUP_OF_NAMES = "groupOfNames", _("groupOfNames, with groups in groups")
        POSIX_GROUP = "posixGroup", _("posixGroup, members by uid")
        ACTIVE_DIRECTORY = "activeDirectory", _("Active Directory")

    class Encryption(models.TextChoices):
        NONE = "none", _("none: passwords cross the network readable")
        STARTTLS = "starttls", _("StartTLS (ldap://)")
        LDAPS = "ldaps", _("LDAPS (ldaps://)")

    class Scope(models.TextChoices):
        SUBTREE = "subtree", _("the whole tree below the base")
        ONE_LEVEL = "onelevel", _("only directly below the base")

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, related_name="directories")
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)
    #: One `ldap://` or `ldaps://` address a line, tried in order.
    uris = models.TextField()
    encryption = models.CharField(max_length=8, choices=Encryption.choices, default=Encryption.STARTTLS)
    ca_certificates = models.TextField(blank=True)
    bind_dn = models.CharField(max_length=500, blank=True)
    #: Encrypted with a key derived from SECRET_KEY; see `tenants.secrets`.
    bind_secret = models.TextField(blank=True)
    user_base = models.CharField(max_length=500)
    user_scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.SUBTREE)
    user_filter = models.CharField(max_length=500, default="(objectClass=inetOrgPerson)")
    login_attribute = models.CharField(max_length=60, default="uid")
    group_base = models.CharField(max_length=500, blank=True)
    group_filter = models.CharField(max_length=500, blank=True)
    group_type = models.CharField(max_length=20, choices=GroupType.choices, default=GroupType.GROUP_OF_NAMES)
    #: {group DN or cn: role}; the strongest role wins.
    group_roles = models.JSONField(default=dict, blank=True)
    #: DN or cn of a group without which nobody gets in, whatever their other groups.
    required_group = models.CharField(max_length=500, blank=True)
    default_role = models.CharField(max_length=10, choices=Role.choices, blank=True)
    timeout_seconds = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    #: The newest periodic sync: when it ended, whom it kept and withdrew, and why it stopped early, if so.
    synced_at = models.DateTimeField(null=True, blank=True)
    sync_kept = models.PositiveIntegerField(default=0)
    sync_withdrawn = models.PositiveIntegerField(default=0)
    sync_trouble = models.CharField(max_length=300, blank=True)

    #: The name of the keys that lead here, and the word for it in the audit trail.
    KIND = "directory"

    objects = TenantManager["Directory"]()
    unscoped: models.Manager[Directory] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="directory_name_per_tenant")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what would change the meaning of a search, or could never find anybody."""
        wrong: dict[str, object] = {}
        try:
            self._check_addresses()
        except DirectoryTrouble as trouble:
            wrong["uris"] = str(trouble)
        if self.ca_certificates.strip() and not _is_pem(self.ca_certificates):
            wrong["ca_certificates"] = _("Give certificates in PEM: -----BEGIN CERTIFICATE----- and so on.")
        for name in ("bind_dn", "user_base", "group_base"):
            if not ldap.dn.is_dn(getattr(self, name)):
                wrong[name] = _("Give a distinguished name, such as ou=people,dc=example,dc=com.")
        if not _ATTRIBUTE.match(self.login_attribute):
            wrong["login_attribute"] = _("Give the name of an attribute, such as uid.")
        if not is_filter(self.user_filter):
            wrong["user_filter"] = _("Give a filter in parentheses, such as (objectClass=person).")
        if self.group_filter and not is_filter(self.group_filter):
            wrong["group_filter"] = _("Give a filter in parentheses, such as (cn=assay-*).")
        if not isinstance(self.group_roles, dict) or not set(self.group_roles.values()) <= set(Role.values):
            wrong["group_roles"] = _("Each line gives one of the roles to a group.")
        if wrong:
            raise ValidationError(wrong)

    def _check_addresses(self) -> None:
        """Raise DirectoryTrouble for an address that is none, or does not go with the encryption."""
        wanted = "ldaps" if self.encryption == self.Encryption.LDAPS else "ldap"
        for line in self.uris.split():
            if guard.parse(line).scheme != wanted:
                message = f"{line} does not go with this encryption, which needs {wanted}://."
                raise DirectoryTrouble("directory_scheme", message)


def is_filter(text: str) -> bool:
    """Whether `text` is one balanced filter expression: not two side by side, none cut short."""
    depth = 0
    for position, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth <= 0 and position < len(text) - 1:
            return False
    return depth == 0 and len(text) > 2


def _is_pem(text: str) -> bool:
    try:
        return bool(x509.load_pem_x509_certificates(text.encode()))
    except ValueError:
        return False
