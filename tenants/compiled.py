"""Compiled queries: the ORM writes the statement once in a process, and later calls only bind other values.

To put a statement together costs Django more than to run it: a third of a page's time. What is written here
must be the same whoever asks, so a value is either an argument, for which a place is left, or a constant in the
code. What the moment or the active tenant decides is asked for through `filled_by`, and read anew at each call. A
query that is not the same when it is written twice is refused, and so are the active tenant and whatever is read from
the database while it is written. Not in charge of what may be seen: managers and walls are (`tenants.scope`,
`tenants.wall`).
"""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable, Collection
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Generic, ParamSpec, TypeVar, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Model, QuerySet
from django.utils import timezone
from django.utils.functional import Promise

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V")

#: What every driver takes as it is: most values, of which lists have thousands.
_PLAIN = frozenset({int, str})

_is_writing: ContextVar[bool] = ContextVar("is_writing", default=False)


class Place(Expression):
    """Where a value will stand: that of the argument `name`, or what `read` finds when the query is asked."""

    def __init__(self, name: str, read: Callable[[], Any] | None = None) -> None:
        super().__init__()
        self.name, self.read = name, read

    def __repr__(self) -> str:
        return f"<the place of {self.name}>"

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Place:
        return self

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


def is_writing() -> bool:
    """Whether a query is being written here and now: what is read then would be the same for everyone and for ever."""
    return _is_writing.get()


def filled_by(read: Callable[[], V]) -> V:
    """What `read` finds; in a query that is being written a place that it fills at each call."""
    return cast("V", Place(read.__name__, read)) if is_writing() else read()


def moment() -> datetime:
    """Now; in a compiled query whenever it is asked."""
    return filled_by(_now)


def _now() -> datetime:
    return timezone.now()


@dataclass(frozen=True, slots=True)
class _Statement:
    """What a query became on one kind of database, and the compiler that knows what its columns are."""

    queryset: QuerySet[Any, Any]
    compiler: Any
    sql: str
    params: tuple[Any, ...]


class _Bound:
    """Stands for a queryset's query: all of it, but with a compiler that has nothing left to write."""

    def __init__(self, statement: _Statement, params: tuple[Any, ...]) -> None:
        self._statement, self._params = statement, params

    def __getattr__(self, name: str) -> Any:
        return getattr(self._statement.queryset.query, name)

    def get_compiler(self, using: str | None = None, **kwargs: Any) -> Any:
        compiler = copy.copy(self._statement.compiler)
        compiler.connection = connections[using or DEFAULT_DB_ALIAS]
        written = (self._statement.sql, self._params)
        compiler.as_sql = lambda *args, **kwargs: written
        return compiler


class Compiled(Generic[P, R]):
    """A query by its function, called with the function's arguments."""

    def __init__(self, write: Callable[P, QuerySet[Any, R]]) -> None:
        self._write = write
        self._names = tuple(inspect.signature(write).parameters)
        self._statements: dict[str, _Statement] = {}
        self.__doc__, self.__name__ = write.__doc__, write.__name__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """The rows. Raises TypeError for None, which is no value to compare with, and as the function does."""
        values = dict(zip(self._names, args, strict=False)) | kwargs
        connection = connections[DEFAULT_DB_ALIAS]
        statement = self._statements.get(connection.vendor) or self._written(connection)
        params = tuple(
            _bind(one, values, connection) if isinstance(one, Place) else one for one in statement.params
        )
        kept = statement.queryset
        bound: Any = type(kept)(kept.model, cast("Any", _Bound(statement, params)), DEFAULT_DB_ALIAS)
        for name in ("_iterable_class", "_fields", "_prefetch_related_lookups"):
            setattr(bound, name, getattr(kept, name))
        return list(bound)

    def first(self, *args: P.args, **kwargs: P.kwargs) -> R | None:
        """The first of the rows, or None; the function says of which order, and of how many it is."""
        return next(iter(self(*args, **kwargs)), None)

    def _written(self, connection: Any) -> _Statement:
        first, again = self._once(connection), self._once(connection)
        # Compared as they are shown: a driver's JSON values are equal to none other.
        if (first.sql, repr(first.params)) != (again.sql, repr(again.params)):
            raise TypeError(f"{self.__name__} is another query each time it is written: make it an argument.")
        return self._statements.setdefault(connection.vendor, first)

    def _once(self, connection: Any) -> _Statement:
        write: Any = self._write
        token = _is_writing.set(True)
        try:
            with connection.execute_wrapper(_nothing_is_read):
                queryset = write(*(Place(name) for name in self._names))
                compiler = queryset.query.get_compiler(connection=connection)
                sql, params = compiler.as_sql()
        finally:
            _is_writing.reset(token)
        return _Statement(queryset, compiler, sql, tuple(params))


def compiled(write: Callable[P, QuerySet[Any, R]]) -> Compiled[P, R]:
    """Have the query that `write` gives written once. It must not look at its arguments, only hand them on."""
    return Compiled(write)


def _nothing_is_read(*args: Any) -> Any:
    """What one tenant's rows say would be written in for all others. Raises TypeError."""
    raise TypeError("Rows are read while a query is written: read them before, and make them an argument.")


def give(to: Model, name: str, rows: list[Any], *, back: str) -> None:
    """Let `to.name.all()` be these rows, as a prefetch would; of each the field `back` is `to`.

    What else is asked of `to.name` is asked of the database, and of its own rows alone.
    """
    for row in rows:
        setattr(row, back, to)
    found: QuerySet[Any] = QuerySet(getattr(to, name).model, using=DEFAULT_DB_ALIAS)
    vars(found).update(_result_cache=rows, _prefetch_done=True, _deferred_filter=(False, (), {back: to}))
    vars(to).setdefault("_prefetched_objects_cache", {})[name] = found


def _bind(place: Place, values: dict[str, Any], connection: Any) -> Any:
    value = place.read() if place.read is not None else values[place.name]
    if value is None:
        raise TypeError(f"{place.name} is None, which is no value to compare with.")
    return _adapted(value, connection)


def _adapted(value: Any, connection: Any) -> Any:
    """`value` as the driver takes it; what else a field would do to it is not done."""
    if type(value) in _PLAIN:
        return value
    match value:
        case Enum():
            value = value.value
        case datetime():
            value = connection.ops.adapt_datetimefield_value(value)
        case date():
            value = connection.ops.adapt_datefield_value(value)
        case UUID() if not connection.features.has_native_uuid_field:
            value = value.hex
        case Promise():
            value = str(value)
        case _ if _is_list(value):
            value = _listed(value, connection)
    return value


def _is_list(value: Any) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str | bytes | bytearray | memoryview)


def _listed(values: Collection[Any], connection: Any) -> Any:
    """The list as one value. Nothing equals None, as Django's own lookup has it. Raises ValueError for NUL on SQLite."""
    listed = [_adapted(one, connection) for one in values if one is not None]
    if connection.vendor == "postgresql":
        return listed
    written = json.dumps(listed)
    # There a text of JSON ends at a NUL: it would be found as another text.
    if r"\u0000" in written and any("\0" in str(one) for one in listed):
        raise ValueError("A list of texts to be found has one with NUL.")
    return written
