"""What was seen of a program, a port or a stopped server, judged: the same for every runner."""

import re
from typing import Any

from builds.engine.sandbox.values import Check, Command, Probe

EVIDENCE = 600


def of_command(command: Command, *, code: int | None, out: str, err: str, seconds: float) -> Check:
    """Judge a program that was run; ``code`` is None when it did not end in time."""
    fits = (
        code == command.exit
        and re.search(command.stdout, out) is not None
        and re.search(command.stderr, err) is not None
    )
    ended = "did not end in time" if code is None else f"exit {code}"
    return Check(command.name, fits, evidence(ended, out, err), seconds)


def not_started(command: Command, reason: str, seconds: float) -> Check:
    return Check(command.name, passed=False, evidence=evidence("not started", "", reason), seconds=seconds)


def preparing(args: tuple[str, ...]) -> Command:
    """A program that prepares volumes, as a command to judge."""
    return Command(f"prepares with {args[0].rpartition('/')[2]}", args, seconds=60)


def of_answer(probe: Probe, answer: dict[str, Any], seconds: float) -> Check:
    """Judge a port's answer: ``{"status", "body"}`` or ``{"error"}``."""
    body = str(answer.get("body", ""))
    fits = "error" not in answer and (
        not probe.path or (answer["status"] == probe.status and re.search(probe.contains, body) is not None)
    )
    name = f"answers on port {probe.port}" + (f" at {probe.path}" if probe.path else "")
    seen = str(answer.get("error") or f"status {answer['status']}\n{body[:200]}".strip())
    return Check(name, fits, seen if probe.path or not fits else "accepts connections", seconds)


def of_running(*, alive: bool, code: int | None, out: str, err: str, seconds: float) -> Check:
    """Judge whether a server is still up after it was asked."""
    said = evidence("running" if alive else f"ended with {code}", out, err)
    return Check("stays up", alive, said, seconds)


def of_stop(signal: str, *, code: int | None, patience: float, seconds: float) -> Check:
    """Judge how a server took its signal; ``code`` is None when it was still running after ``patience`` seconds."""
    late = f"still running {patience} s after {signal}"
    seen = late if code is None else f"exit {code} after {signal}"
    return Check(f"stops on {signal}", code is not None, seen, seconds)


def evidence(first: str, out: str, err: str) -> str:
    """What was seen, bounded: the ends of what was printed."""
    parts = [first, *(text.strip()[-EVIDENCE // 2 :] for text in (out, err) if text.strip())]
    return "\n".join(parts)
