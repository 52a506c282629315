"""The audit trail in words: what each verb says was done. The verb itself stays, for filters, exports and the chain.

Not in charge of recording (`tenants.audit`). A test fails for a verb without words.
"""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from tenants.audit import OF_SUPPORT

DEEDS = {
    "access.declined": _("Request for an image declined"),
    "access.granted": _("Request for an image granted"),
    "access.requested": _("Image asked for"),
    "access.withdrawn": _("Request for an image withdrawn"),
    "audit.exported": _("Audit trail exported"),
    "audit.forgotten": _("Old entries dropped"),
    "branding.logo_removed": _("Logo removed"),
    "branding.logo_set": _("Logo set"),
    "build.accepted": _("Build accepted"),
    "build.cancelled": _("Build cancelled"),
    "build.ordered": _("Build ordered"),
    "catalogue.loaded": _("Catalogue loaded"),
    "catalogue.taken-back": _("Loaded catalogue taken back"),
    "chart.imported": _("Chart imported"),
    "chart.published": _("Chart published"),
    "digest.reinstated": _("Digest reinstated"),
    "digest.withdrawn": _("Digest withdrawn"),
    "directory.added": _("Directory added"),
    "directory.changed": _("Directory changed"),
    "directory.removed": _("Directory removed"),
    "directory.tested": _("Directory tested"),
    "entitlements.changed": _("Entitlements changed"),
    "grant.changed": _("Grant changed"),
    "hostname.claim_withdrawn": _("Claim of a host name withdrawn"),
    "hostname.claimed": _("Host name claimed"),
    "hostname.primary": _("Host name made the primary one"),
    "hostname.proved": _("Host name proved"),
    "hostname.removed": _("Host name removed"),
    "invitation.resent": _("Invitation sent again"),
    "invitation.revoked": _("Invitation revoked"),
    "member.added": _("Member added"),
    "member.admitted": _("Member let in by a source of people"),
    "member.invited": _("Person invited"),
    "member.joined": _("Invitation accepted"),
    "member.removed": _("Member removed"),
    "member.role_changed": _("Role changed"),
    "member.withdrawn": _("Access withdrawn"),
    "person.broke_glass": _("Emergency owner signed in"),
    "person.sign_in_failed": _("Sign-in failed"),
    "person.signed_in": _("Signed in"),
    "provider.added": _("Provider added"),
    "provider.changed": _("Provider changed"),
    "provider.removed": _("Provider removed"),
    "quota.set": _("Quota set"),
    "release.published": _("Release published"),
    "repository.changed": _("Repository changed"),
    "repository.made": _("Repository made"),
    "sign_in.emergency_owner_marked": _("Owner marked for emergencies"),
    "sign_in.emergency_owner_unmarked": _("Owner no longer marked for emergencies"),
    "sign_in.sso_optional": _("Single sign-on made optional"),
    "sign_in.sso_required": _("Single sign-on required"),
    "support.visit_began": _("Support visit began"),
    "support.visit_ended": _("Support visit ended"),
    "tag.deleted": _("Tag deleted"),
    "tag.pinned": _("Tag pinned"),
    "tag.rolled_back": _("Tag rolled back"),
    "tag.unpinned": _("Tag unpinned"),
    "tenant.changed": _("Tenant changed"),
    "tenant.closed-to-everyone": _("Closed to everyone"),
    "tenant.created": _("Tenant created"),
    "tenant.opened-to-everyone": _("Opened to everyone"),
    "token.issued": _("Access token issued"),
    "token.revoked": _("Access token revoked"),
    "token.rotated": _("Access token rotated"),
    "trust.added": _("Trust policy added"),
    "trust.changed": _("Trust policy changed"),
    "trust.exchanged": _("Workload let in by a trust policy"),
    "trust.refused": _("Workload refused"),
    "trust.removed": _("Trust policy removed"),
}
#: Who acts, as `tenants` and the command line write it before a name, or for themselves.
_ACTORS = {
    "directory": _("directory {name}"),
    "provider": _("provider {name}"),
}
_ALONE = (_("anonymous"), _("operator"), _("retention"), _("signer"), _("workload"))
_SUPPORT = _("{name} (platform support)")


def told(verb: str) -> str:
    """What was done, in the reader's language; an unknown verb as it is."""
    return gettext(DEEDS[verb]) if verb in DEEDS else verb


def actor(name: str) -> str:
    """Who did it, where that is no person but a source of people, a program or the operator."""
    if name in _ALONE:
        return gettext(name)
    if name.endswith(OF_SUPPORT):
        return gettext(_SUPPORT).format(name=name.removesuffix(OF_SUPPORT))
    kind, _space, of = name.partition(" ")
    return gettext(_ACTORS[kind]).format(name=of) if of and kind in _ACTORS else name
