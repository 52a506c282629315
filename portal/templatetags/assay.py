"""Filters that put values into words: `{% load assay %}`. Not in charge of markup or of rights."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from catalog import sentences
from catalog.models import Release
from catalog.pages.tags import TagRows
from portal import phrases
from portal.phrases import deeds
from registry.history import PLATFORM

register = template.Library()

#: What a user agent names itself by, the more particular first.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iPadOS"), ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip
_HAN_BLANK = re.compile(r"(?<=。)\s+(?=\S)")
_DIGEST = re.compile(r"\bsha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})\b")
_BYTES = re.compile(r"\b([0-9]{1,15}) bytes\b")
MINUS = "\N{MINUS SIGN}"
_UNITS = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


@register.filter
def size(value: Any) -> str:
    """Bytes in decimal units, as container tools print them: "18.2 MB"."""
    count = int(value or 0)
    for unit, factor in _UNITS:
        if count >= factor:
            number = count / factor
            return f"{number:.0f} {unit}" if number >= 100 else f"{number:.1f} {unit}"
    return f"{count} B"


@register.filter
def size_change(value: Any) -> str:
    """A difference of sizes with its sign: "+ 2.8 MB"; "none" for none."""
    count = int(value or 0)
    if not count:
        return _("none")
    return f"{'+' if count > 0 else MINUS} {size(abs(count))}"


@register.filter
def about(value: Any) -> str:
    """A duration in the unit people say it in: "6 s", "3 min"."""
    number = float(value or 0)
    if number < 90:
        return _("%(n)s s") % {"n": max(1, round(number))}
    return _("%(n)s min") % {"n": round(number / 60)}


@register.filter
def age(value: datetime | None) -> str:
    """How long ago, in the largest unit: "2 h", "3 d"; "" for None."""
    if value is None:
        return ""
    seconds = max(0, int((timezone.now() - value).total_seconds()))
    # A list asks a hundred times: only what is said is translated.
    if seconds < 60:
        return _("%(n)s s") % {"n": seconds}
    if seconds < 3600:
        return _("%(n)s min") % {"n": seconds // 60}
    if seconds < 86400:
        return _("%(n)s h") % {"n": seconds // 3600}
    if seconds < 86400 * 90:
        return _("%(n)s d") % {"n": seconds // 86400}
    return _("%(n)s months") % {"n": seconds // (86400 * 30)}


@register.filter
def short(digest: str) -> str:
    """A digest for people: "sha256:9f3a1c…e07b"."""
    algorithm, colon, value = digest.partition(":")
    if not colon:
        return f"{digest[:8]}…{digest[-5:]}" if len(digest) > 24 else digest
    return f"{algorithm}:{value[:6]}…{value[-4:]}" if len(value) > 12 else digest


@register.filter
def in_words(line: str) -> str:
    """A line of a build's log, for people: told, digests shortened, byte counts in larger units; its indent stays."""
    said = line.strip()
    line = line.replace(said, _told_of_a_build(said, get_language()), 1) if said else line
    line = _DIGEST.sub(lambda found: short(found[0]), line)
    return _BYTES.sub(lambda found: size(found[1]), line)


@register.filter
def is_left_in_english(line: str) -> bool:
    """Whether a line of a build's log is shown as the worker wrote it to a reader of another language."""
    said, language = line.strip(), get_language()
    return bool(said) and language != settings.LANGUAGE_CODE and _told_of_a_build(said, language) == said


@lru_cache(maxsize=4096)
def _told_of_a_build(line: str, language: str | None) -> str:
    """`language` is that of this answer."""
    return phrases.told_of_a_build(line)


@register.filter
def told(text: Any) -> Any:
    """A sentence that was written in English elsewhere, in the reader's language (`portal.phrases`)."""
    said = phrases.told(str(text))
    return said if said != text else text


@register.filter
def offered(sentence: str) -> str:
    """A sentence of our starter catalogue, in the reader's language; anybody else's as it was written."""
    return sentences.offered(sentence)


@register.filter
def called(release: Release | None, tags: TagRows | None) -> str:
    """What a release can be pulled by, of the tags that are shown; "" for None."""
    if release is None:
        return ""
    return tags.call(release) if tags is not None else release.unique_tag


@register.filter(is_safe=True)
def sentences_in_a_row(text: str) -> str:
    """Several sentences with what their language has between them: Han ones follow without a blank."""
    return _HAN_BLANK.sub("", text)


@register.filter
def told_each(text: str) -> str:
    """Several that commas separate, each told."""
    return _(", ").join(phrases.told(part) for part in text.split(", "))


@register.filter
def actor(name: str) -> str:
    """Who did it: people by their names, the platform and sources of people in the reader's words."""
    return _("the platform") if name == PLATFORM else deeds.actor(name)


@register.filter
def deed(verb: str) -> str:
    """What a verb of the audit trail says was done, in a few words; the verb itself where none are known."""
    return deeds.told(verb)


@register.filter
def few(text: str, most: int = 2) -> str:
    """The first of a list that commas separate: "MIT, Zlib and 4 more"."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) <= most + 1:
        return _(", ").join(parts)
    return _("%(first)s and %(n)s more") % {"first": _(", ").join(parts[:most]), "n": len(parts) - most}


@register.filter
def seconds(value: Any) -> str:
    """A duration in seconds: "0.9 s", "2 min 4 s"; "" for None."""
    if value is None:
        return ""
    number = float(value)
    if number < 60:
        return _("%(n)s s") % {"n": f"{number:.1f}"}
    return _("%(m)s min %(s)s s") % {"m": int(number // 60), "s": int(number % 60)}


@register.filter
def checks(value: Any) -> str:
    """A number of checks with its noun."""
    count = int(value or 0)
    return ngettext("%(n)s check", "%(n)s checks", count) % {"n": count}


@register.filter
def is_past(value: datetime | None) -> bool:
    """Whether a time has gone by; False for None."""
    return value is not None and value <= timezone.now()


@register.filter
def browser(user_agent: str) -> str:
    """A browser for people: "Firefox on Linux"; the beginning of what it says when that is unknown."""
    name = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if name and system:
        return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
    return name or user_agent[:60]
