"""Rules about the users and groups a customer adds."""

import re
from collections.abc import Callable, Iterator

from builds.engine.spec.values import Spec

Found = Iterator[tuple[str, str, str]]
Check = Callable[[str, str], Found]

NAME = re.compile(r"[a-z_][a-z0-9_\-]{0,31}")
MAX_ID = 4_294_967_293
MAX_ACCOUNTS = 64
BUILT_IN_USERS = {"root": 0, "nobody": 65534, "nonroot": 65532}
BUILT_IN_GROUPS = {"root": 0, "nogroup": 65534, "nonroot": 65532}


def account_errors(spec: Spec, text: Check, path: Check) -> Found:
    """Yield what is wrong with users and groups: names, ids, text that would break a passwd line."""
    if len(spec.users) + len(spec.groups) > MAX_ACCOUNTS:
        yield "users", "too-many", f"At most {MAX_ACCOUNTS} users and groups may be added."
    for index, user in enumerate(spec.users):
        field = f"users[{index}]"
        yield from _account(field, user.name, user.uid, BUILT_IN_USERS)
        yield from _range(f"{field}.gid", user.gid)
        yield from path(f"{field}.home", user.home)
        yield from text(f"{field}.comment", user.comment)
        for name, value in (("home", user.home), ("comment", user.comment)):
            if ":" in value:
                yield f"{field}.{name}", "colon", "A colon would end the field in /etc/passwd."
    for index, group in enumerate(spec.groups):
        yield from _account(f"groups[{index}]", group.name, group.gid, BUILT_IN_GROUPS)
        for member in group.members:
            if not NAME.fullmatch(member):
                yield (
                    f"groups[{index}].members",
                    "account-name",
                    f"“{member[:40]}” is not the name of a user.",
                )
    yield from _twice("users", [(user.name, user.uid) for user in spec.users])
    yield from _twice("groups", [(group.name, group.gid) for group in spec.groups])


def _account(field: str, name: str, number: int, built_in: dict[str, int]) -> Found:
    if not NAME.fullmatch(name):
        yield (
            f"{field}.name",
            "account-name",
            "A name has small letters, digits, “_” and “-”, at most 32 of them.",
        )
    if name in built_in:
        yield f"{field}.name", "account-built-in", f"{name} is in every image already."
    if number in built_in.values():
        yield (
            f"{field}.id",
            "id-built-in",
            f"The number {number} belongs to an account that is in every image.",
        )
    yield from _range(f"{field}.id", number)


def _range(field: str, number: int) -> Found:
    if not 0 <= number <= MAX_ID:
        yield field, "id-range", f"An id is a number from 0 to {MAX_ID}."


def _twice(kind: str, accounts: list[tuple[str, int]]) -> Found:
    names: set[str] = set()
    numbers: set[int] = set()
    for index, (name, number) in enumerate(accounts):
        if name in names or number in numbers:
            yield (
                f"{kind}[{index}]",
                "account-twice",
                f"The name {name[:40]} or the number {number} is given twice.",
            )
        names.add(name)
        numbers.add(number)
