"""Trying a directory's settings step by step, for the person who sets them up. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tenants.directory import guard
from tenants.directory.connection import addresses, bind_as_service, opened
from tenants.directory.errors import DirectoryTrouble, SignInRefused
from tenants.directory.lookup import check_password, find_person, groups_of
from tenants.directory.roles import decide
from tenants.models import Directory

STEPS = ("address", "connect", "bind", "find", "password", "groups", "role")


@dataclass(frozen=True, slots=True)
class Step:
    """One step and what came of it: `state` is "passed", "failed" or "skipped"."""

    name: str
    state: str
    said: str
    code: str = ""


def check(directory: Directory, *, login: str, password: str) -> list[Step]:
    """Run the steps in order; the first that fails ends the run, the rest are skipped."""
    done: list[Step] = []
    try:
        done.extend(_steps(directory, login, password, done))
    except (DirectoryTrouble, SignInRefused) as error:
        done.append(Step(STEPS[len(done)], "failed", str(error), error.code))
    return done + [Step(name, "skipped", "") for name in STEPS[len(done) :]]


def _steps(directory: Directory, login: str, password: str, done: list[Step]) -> Iterator[Step]:
    # `done` grows while this runs, since `extend` appends one at a time: an error is the next step's.
    found = [f"{each.uri} → {', '.join(guard.allowed_addresses(each))}" for each in addresses(directory)]
    yield Step("address", "passed", "; ".join(found))
    with opened(directory) as server:
        yield Step("connect", "passed", _encryption(directory))
        bind_as_service(server, directory)
        yield Step("bind", "passed", f"as {directory.bind_dn}" if directory.bind_dn else "anonymously")
        person = find_person(server, directory, login)
        yield Step("find", "passed", f"{person.dn} ({person.key})")
        if password:
            check_password(server, directory, person, password)
            yield Step("password", "passed", "accepted by the directory")
        else:
            yield Step("password", "skipped", "none given")
        groups = groups_of(server, directory, person)
        yield Step("groups", "passed", ", ".join(sorted(each.name for each in groups)) or "none")
    decision = decide(directory, groups)
    if decision.role is None:
        raise SignInRefused("no_role", _without_role(decision.because))
    because = f"because of {decision.because}" if decision.because else "by default"
    yield Step("role", "passed", f"{decision.role.label}, {because}")


def _without_role(required: str) -> str:
    if required:
        return f"Not a member of {required}, the required group."
    return "None of these groups gives a role, and there is no default role."


def _encryption(directory: Directory) -> str:
    if directory.encryption == Directory.Encryption.NONE:
        return "connected without encryption: passwords cross the network readable"
    return "connected, encrypted, the certificate fits"
