"""Refused orders as API errors; `portal.api` writes them as problem documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework.exceptions import APIException, ErrorDetail

from builds.accept import CannotAccept
from builds.cancel import CannotCancel
from builds.refusals import FieldError, IndexNotReady, OrderRefused


class Refused(APIException):
    """The order is well-formed and cannot be built; `errors` says why by field."""

    status_code = 422
    default_code = OrderRefused.code

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("This cannot be built as it is.", code=OrderRefused.code)
        self.errors = [
            {"field": error.field, "code": error.code, "sentence": error.sentence} for error in errors
        ]


class NotNow(APIException):
    status_code = 503
    default_code = IndexNotReady.code
    #: Seconds that a client should wait; sent as Retry-After.
    wait = 30


class Conflict(APIException):
    status_code = 409
    default_code = CannotCancel.code


@contextmanager
def refusals_as_problems() -> Iterator[None]:
    """Turn the refusals of orders, cancels and acceptances into API exceptions."""
    try:
        yield
    except OrderRefused as refused:
        raise Refused(refused.errors) from refused
    except IndexNotReady as error:
        raise NotNow(ErrorDetail(str(error), code=error.code)) from error
    except (CannotCancel, CannotAccept) as error:
        raise Conflict(ErrorDetail(str(error), code=error.code)) from error
