"""Parts of a sentence: found only within another, since people write such words themselves."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

PHRASES = (
    _("{some} and {last}"),
    _("{some} or {last}"),
    _("{this} needs {that}, which is not available"),
    _("{this} needs {that}, which is not available."),
    _("{this} needs {that}"),
    _("{this} needs {that}."),
    _("{this} conflicts with {that}"),
    _("{this} conflicts with {that}."),
    _("{this} and {other} cannot be installed together, as they are versions of one package"),
    _("{this} and {other} cannot be installed together, as they are versions of one package."),
    _("{name} of the base image"),
)
