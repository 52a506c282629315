"""Rules about how the image is run: command, environment, user, ports, volumes, stop signal."""

import re
from collections.abc import Callable, Iterator

from builds.engine.spec.values import Spec

Found = Iterator[tuple[str, str, str]]
Check = Callable[[str, str], Found]

MAX_ARGUMENTS = 256
MAX_ENV = 256
ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# ld.so(8): these make the loader run or trust foreign code in every process of the container.
REFUSED_ENV = ("LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT")
PORT = re.compile(r"([0-9]{1,5})(/(tcp|udp|sctp))?")
USER_PART = r"([a-z_][a-z0-9_\-]{0,31}|[0-9]{1,10})"
USER = re.compile(f"{USER_PART}(:{USER_PART})?")
SIGNALS = frozenset(
    ["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGALRM", "SIGCONT", "SIGWINCH", "SIGPWR", "SIGKILL"]
)  # fmt: skip


def process_errors(spec: Spec, text: Check, path: Check) -> Found:
    """Yield what is wrong with the fields that end up in the image's configuration."""
    yield from _command("entrypoint", spec.entrypoint, text)
    yield from _command("cmd", spec.cmd, text)
    yield from _appended(spec, text)
    yield from _env(spec, text)
    yield from _user(spec)
    if spec.workdir is not None:
        yield from path("workdir", spec.workdir)
    yield from _ports(spec)
    for index, volume in enumerate(spec.volumes):
        yield from path(f"volumes[{index}]", volume)
        if volume == "/":
            yield f"volumes[{index}]", "volume-root", "The root directory cannot be a volume."
    if spec.stop_signal is not None and spec.stop_signal not in SIGNALS:
        yield "stop_signal", "signal", f"The stop signal must be one of {', '.join(sorted(SIGNALS))}."


def _command(field: str, words: tuple[str, ...] | None, text: Check) -> Found:
    if words is None:
        return
    if len(words) > MAX_ARGUMENTS:
        yield field, "too-many", f"A command has at most {MAX_ARGUMENTS} words."
    if words and not words[0]:
        yield f"{field}[0]", "empty", "A command starts with the name of a program."
    for index, word in enumerate(words):
        yield from text(f"{field}[{index}]", word)


def _appended(spec: Spec, text: Check) -> Found:
    """Words are either set or appended, and appended to something that stays."""
    for field, replaced in (("entrypoint_append", spec.entrypoint), ("cmd_append", spec.cmd)):
        words = getattr(spec, field)
        if not words:
            continue
        yield from _command(field, words, text)
        if spec.base is None:
            yield field, "append-without-base", "There is no base image whose command could be appended to."
        elif replaced is not None:
            yield field, "append-and-replace", "Either replace the command or append to it."
        elif field == "cmd_append" and spec.entrypoint is not None:
            yield (
                field,
                "append-to-nothing",
                "A new entrypoint drops the base's command; set the command instead.",
            )


def _env(spec: Spec, text: Check) -> Found:
    if len(spec.env) > MAX_ENV:
        yield "env", "too-many", f"At most {MAX_ENV} variables are allowed."
    for name, value in spec.env.items():
        field = f"env.{name[:80]}"
        if not ENV_NAME.fullmatch(name) or len(name) > 256:
            yield (
                field,
                "env-name",
                "A variable's name has letters, digits and “_”, and does not start with a digit.",
            )
        if name.upper() in REFUSED_ENV:
            yield (
                field,
                "env-refused",
                f"{name.upper()} makes every program load foreign code and is not allowed.",
            )
        yield from text(field, value)


def _user(spec: Spec) -> Found:
    if spec.user is None:
        return
    if not USER.fullmatch(spec.user):
        yield "user", "user", "A user is a name or a number, optionally followed by “:” and a group."
        return
    known = {user.name for user in spec.users} | {"root", "nobody", "nonroot"}
    name = spec.user.partition(":")[0]
    if name.isdigit() and int(name) > 4_294_967_294:
        yield "user", "id-range", "That user number is out of range."
    elif not name.isdigit() and name not in known and spec.base is None and not spec.packages:
        yield "user", "user-unknown", f"There is no user {name} in this image."


def _ports(spec: Spec) -> Found:
    for index, port in enumerate(spec.ports):
        match = PORT.fullmatch(port)
        if not match or not 1 <= int(match[1]) <= 65535:
            yield (
                f"ports[{index}]",
                "port",
                "A port is a number from 1 to 65535, optionally with /tcp, /udp or /sctp.",
            )
