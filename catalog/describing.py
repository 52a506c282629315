"""What an image is, told to who asks on a host: its commands name the image as it is pulled there.

Not in charge of the language (`catalog.sentences`) nor of what is safe to show (`catalog.pages.markdown`).
"""

from __future__ import annotations

from catalog.models import Image
from catalog.sentences import offered

#: Stands in a description for what is pulled.
PLACE = "@image@"


def described(image: Image, reference: str) -> str:
    """The description of `image`, Markdown, in the language of this answer; `reference` is what is pulled here."""
    return offered(image.description).replace(PLACE, reference)
