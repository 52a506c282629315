"""What our own starter catalogue says, in the reader's language: of images, their tests, charts and their values.

They are written once, in the definitions and chart sources, where `make messages` gathers them. They have a context of
their own, so that a tenant's or an operator's text is left as it was written, though a page says the same word.
Not in charge of sentences that code says (`portal.phrases`).
"""

from __future__ import annotations

from django.conf import settings
from django.utils import translation
from django.utils.translation import pgettext, pgettext_lazy

CONTEXT = "catalogue"
#: Names that code gives and rows keep; an operator may give others.
KEPT = (pgettext_lazy("catalogue", "Free images"),)
#: Said of an image in which the sandbox looked for a shell and found none: of most, and so no answer to a search.
NO_SHELL = "There is no shell in it; a build that brings one in is not published."


def offered(text: str) -> str:
    """`text` in the language of this answer, each paragraph for itself; one that is not ours stays as it is."""
    # An empty text is the head of the catalogue to gettext.
    return "\n\n".join(pgettext(CONTEXT, one) if one else "" for one in text.split("\n\n"))


def paragraphs(text: str) -> list[str]:
    """What is to be translated of a Markdown text: all but its commands."""
    return [one for one in text.strip().split("\n\n") if not one.startswith("    ")]


def in_every_language(sentence: str) -> str:
    """`sentence` as it is written and in each language that it was translated to, to be searched."""
    said = {sentence: None}
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            said[offered(sentence)] = None
    return " ".join(said)
