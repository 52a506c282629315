"""The rows of floor 0."""

from .audit import AuditEntry
from .directory import Directory
from .invitation import Invitation
from .logo import Logo
from .membership import Membership, PlatformMembership
from .provider import IdentityProvider
from .support import SupportVisit
from .tenant import Hostname, HostnameClaim, Tenant
from .token import AccessToken
from .trust import TrustPolicy
from .user import User

__all__ = [
    "AccessToken",
    "AuditEntry",
    "Directory",
    "Hostname",
    "HostnameClaim",
    "IdentityProvider",
    "Invitation",
    "Logo",
    "Membership",
    "PlatformMembership",
    "SupportVisit",
    "Tenant",
    "TrustPolicy",
    "User",
]
