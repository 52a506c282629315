"""The registry's refusals as problem documents: `urn:assay:error:` and the refusal's own name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import Http404
from rest_framework.exceptions import APIException

from registry.errors import ManifestUnknown, RegistryError


@contextmanager
def refusals_as_problems() -> Iterator[None]:
    """Raises an APIException, or Http404 for what is not there, in place of a RegistryError."""
    try:
        yield
    except RegistryError as error:
        if type(error) is ManifestUnknown:
            raise Http404 from error
        problem = APIException(str(error), code=error.slug)
        # A rule said no; whoever asks has the right to ask (401 and 403 speak of that).
        problem.status_code = 409 if error.status == 403 else error.status
        raise problem from error
