"""The garbage collector looks through what a page left behind when that is answered, not in the midst of another.

A page makes thousands of objects, nearly all freed by their counts, and leaves some hundreds that refer to each other
(a request and its visitor, a template's context and itself). Right after it they are all there is to look through: a
seventh of a millisecond; those of twenty pages together with what the twenty-first holds took ten, once forty.
"""

from __future__ import annotations

import gc
from itertools import count
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished

#: After how many pages what survived one collection is looked through again, and what survived two.
OLDER, OLDEST = 16, 4096

_pages = count(1)


def start() -> None:
    """Have pages of this process tidied up after; what is there by now never becomes garbage, and is left alone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)  # more than any page holds at once; for what is no page, such as pulls
    # Pulls are answered past Django's handler, and leave next to nothing.
    request_finished.connect(_after_page, sender=WSGIHandler, dispatch_uid="portal.tidy")


def _after_page(**signal: Any) -> None:
    gc.collect(generation(next(_pages)))


def generation(page: int) -> int:
    """The oldest generation that is looked through after that many pages."""
    return 2 if page % OLDEST == 0 else 1 if page % OLDER == 0 else 0
