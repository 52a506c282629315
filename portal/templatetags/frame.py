"""What the frame of every page needs: `{% load frame %}`. What is the same for many pages is made once.

Not in charge of rights (`portal.templatetags.rights`): which right a link needs is said beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from portal import theme
from tenants.models import Tenant
from tenants.roles import Permission

register = template.Library()

#: Of the main pages: the section that each is, its name among the addresses, and its words.
_OPEN = (("images", "images", _("Images")), ("charts", "charts", _("Charts")))
_OWN = (("golden", "golden", _("Golden images")), ("builds", "builds", _("Builds")))
_PLATFORM = (
    ("tenants", "platform-tenants", _("Tenants")),
    ("images", "platform-images", _("Images")),
    ("requests", "platform-requests", _("Requests")),
    ("builds", "platform-builds", _("Builds")),
)
#: Pages behind the menu, each with the right that it needs.
_SETTINGS = (
    (Permission.TOKEN_MANAGE_OWN, "tokens", _("Access tokens")),
    (Permission.IMAGE_VIEW, "repositories", _("Repositories")),
    (Permission.IMAGE_VIEW, "pins", _("Pinned tags")),
    (Permission.MEMBER_MANAGE, "team", _("Team")),
    (Permission.DIRECTORY_MANAGE, "directories", _("Directories")),
    (Permission.BRANDING_EDIT, "branding", _("Branding")),
    (Permission.DIRECTORY_MANAGE, "providers", _("Single sign-on")),
    (Permission.TRUST_MANAGE, "policies", _("Trust policies")),
    (Permission.HOSTNAME_MANAGE, "hostnames", _("Host names")),
    (Permission.AUDIT_VIEW, "audit", _("Audit trail")),
)


@register.simple_tag
def main_pages(tenant: Tenant | None, section: str = "") -> SafeString:
    """The pages of `tenant`, else of the platform; the one whose `section` this is, is marked."""
    pages = _PLATFORM if tenant is None else _OPEN if tenant.is_open else (*_OPEN, *_OWN)
    return _links((name, words, part == section) for part, name, words in pages)


@register.simple_tag
def settings_pages(can: frozenset[Permission]) -> SafeString:
    """What of a tenant's settings somebody with these rights may open."""
    return _links((name, words, False) for right, name, words in _SETTINGS if right in can)


@register.simple_tag(takes_context=True)
def chosen_theme(context: Context) -> str:
    """Light or dark, where the visitor chose that; else "", for the system's."""
    request = context.get("request")
    return theme.chosen(request) if request is not None else ""


@register.simple_tag
@lru_cache
def asset(path: str) -> str:
    """The address of a static file. Which that is changes with the process alone."""
    return static(path)


@register.simple_tag
def languages() -> SafeString:
    """A button for each language, in its own words; the one of this answer is marked."""
    marks = {get_language(): ' aria-current="true"'}
    made = (
        f'<button name="language" value="{code}" lang="{code}"{marks.get(code, "")}>{escape(name)}</button>'
        for code, name in settings.LANGUAGES
    )
    return mark_safe("".join(made))  # noqa: S308  our own words, escaped


def _links(pages: Iterable[tuple[str, str, bool]]) -> SafeString:
    language, beginning = get_language(), get_script_prefix()
    made = (_link(name, words, is_here, language, beginning) for name, words, is_here in pages)
    return mark_safe("".join(made))  # noqa: S308  our own words, escaped


@lru_cache(maxsize=4096)
def _link(name: str, words: str, is_here: bool, language: str | None, beginning: str) -> str:
    """`language` and `beginning` are those of this answer."""
    mark = ' aria-current="page"' if is_here else ""
    return f'<a href="{escape(reverse(name))}"{mark}>{escape(gettext(words))}</a>'
